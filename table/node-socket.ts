/** Opens a client's connection to the home node. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Address } from '../toolkit/node/address.ts';
import { openSocket } from '../toolkit/node/connection.ts';
import { NodeError } from '../toolkit/node/errors.ts';
import { encode } from '../toolkit/node/resp.ts';

interface Options {
  timeoutMs: number;
  signal: AbortSignal;
  /** Whether to log in as the user of the gateway. Otherwise, the client logs in itself. */
  logIn: boolean;
}

/** @throws NodeError, Interrupted, AbortError */
export async function openForClient(address: Address, options: Options): Promise<Socket> {
  const socket = await openSocket(address, options);
  socket.setNoDelay(true);
  const { username, password, name } = address;
  if (!options.logIn || password === undefined) return socket;
  const auth = ['AUTH', ...(username === undefined ? [] : [username]), password];
  socket.write(encode([auth]), 'latin1');
  try {
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]);
    const [reply] = await once(socket, 'data', { signal });
    if (!String(reply).startsWith('+OK')) throw new NodeError(name, 'rejects the user of the gateway');
    return socket;
  } catch (error) {
    socket.on('error', () => {});
    socket.destroy();
    throw error;
  }
}
