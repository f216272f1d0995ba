/** Finds free ports of this machine. */
import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

const HOST = '127.0.0.1';
/** Systems give the ports from 32768 on (macOS: 49152) to outgoing connections, also while a node restarts. */
const [FIRST, END] = [10_000, 32_000];
const ATTEMPTS = 100;

/**
 * Returns consecutive free ports. Until this process ends, this function returns them to no other process, so tools that
 * run at the same time do not collide. A UDP socket with the same number claims each port.
 */
export async function freePorts(count: number): Promise<number[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const first = randomInt(FIRST, END - count);
    const ports = Array.from({ length: count }, (_, i) => first + i);
    const claims = await Promise.all(ports.map(claim));
    if (!claims.includes(undefined) && (await Promise.all(ports.map(isFree))).every(Boolean)) return ports;
    for (const socket of claims) socket?.close();
  }
  throw new Error(`found no ${count} consecutive free ports from ${FIRST} to ${END} of ${HOST}`);
}

/** Returns whether no process listens on the port. */
export async function isFree(port: number): Promise<boolean> {
  try {
    const server = createServer().listen(port, HOST);
    await once(server, 'listening');
    await new Promise((resolve) => server.close(resolve));
    return true;
  } catch {
    return false;
  }
}

/** Returns the socket that claims the port, or `undefined` if another socket does. */
async function claim(port: number): Promise<Socket | undefined> {
  const socket = createSocket('udp4').unref();
  try {
    socket.bind({ address: HOST, port, exclusive: true });
    await once(socket, 'listening');
    return socket;
  } catch {
    return undefined;
  }
}
