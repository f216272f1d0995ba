/** Finds an unused IPv4 subnet. */
import { ip } from './commands.ts';

/** A rarely used private range. */
const FIRST = '10.214';
const SUBNETS = 256;

/**
 * Returns the first three numbers of a free /24. Starts at a subnet that depends on the process id, so that concurrent
 * labs choose different ones. @throws Error if none is free.
 */
export async function freeSubnet(): Promise<string> {
  const routes = await ip('-4 route show table all');
  for (let i = 0; i < SUBNETS; i += 1) {
    const subnet = `${FIRST}.${(process.pid + i) % SUBNETS}`;
    if (!routes.includes(`${subnet}.`)) return subnet;
  }
  throw new Error(`no free /24 subnet in ${FIRST}.0.0/16: remove unused networks, or use --network proxies`);
}
