import { PinoPretty } from 'pino-pretty';

/** Time, level, message, then the fields: readable in a terminal and behind the prefix of `docker compose logs`. */
export function pretty(): ReturnType<typeof PinoPretty> {
  return PinoPretty({
    colorize: process.stdout.isTTY === true,
    // The message names the service, and the process is its container's or its terminal's only one.
    ignore: 'pid,hostname,service',
    translateTime: "UTC:yyyy-mm-dd'T'HH:MM:ss.l'Z'",
    singleLine: true,
    sync: true,
    destination: 1,
  });
}
