/** Opens the connections of the gateway to a node: one that checks it, and one for each client. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { credentialsOf } from '../common/client-options.ts';
import type { Node } from '../common/nodes.ts';
import type { Address } from '../toolkit/node/address.ts';
import { openSocket } from '../toolkit/node/connection.ts';
import { NodeError } from '../toolkit/node/errors.ts';
import { encode } from '../toolkit/node/resp.ts';
import { Control } from './control.ts';
import type { TableSettings } from './settings.ts';

/**
 * A statement blocks the node while it reads rows. The limit is several times the measured time per row, but at most the
 * time after which the servers answer BUSY (lua-time-limit), in milliseconds.
 */
const ROW_MS = 0.01;
const BUSY_MS = 5_000;

export class NodeConnections {
  readonly #settings: TableSettings;
  readonly #signal: AbortSignal;
  readonly #credentials: ReturnType<typeof credentialsOf>;

  /**
   * @param signal ends the connections that check nodes.
   * @throws SettingsError if KEYDB_TLS_CA or KEYDB_PASSWORD_FILE cannot be read.
   */
  constructor(settings: TableSettings, signal: AbortSignal) {
    this.#settings = settings;
    this.#signal = signal;
    this.#credentials = credentialsOf(settings);
  }

  /** Opens the connection that checks a node. @throws NodeError, Interrupted */
  control(node: Node): Promise<Control> {
    const { NODE_TIMEOUT_MS, TABLE_SCAN_LIMIT, SERVICE_NAME } = this.#settings;
    const timeoutMs = NODE_TIMEOUT_MS + Math.min(BUSY_MS, TABLE_SCAN_LIMIT * ROW_MS);
    const options = { timeoutMs, signal: this.#signal };
    return Control.open(this.#addressOf(node), `${SERVICE_NAME}-control`, options);
  }

  /**
   * Opens a connection for a client. With TABLE_ACL_FILE, it is logged in as the user of the gateway. Otherwise, the client
   * logs in itself.
   * @throws NodeError, Interrupted, AbortError
   */
  async forClient(node: Node): Promise<Socket> {
    const { NODE_TIMEOUT_MS: timeoutMs, TABLE_ACL_FILE } = this.#settings;
    const address = this.#addressOf(node);
    const socket = await openSocket(address, { timeoutMs, signal: this.#signal });
    socket.setNoDelay(true);
    try {
      if (TABLE_ACL_FILE !== '') await this.#logIn(socket, address);
      return socket;
    } catch (error) {
      socket.on('error', () => {});
      socket.destroy();
      throw error;
    }
  }

  async #logIn(socket: Socket, { username, password, name }: Address): Promise<void> {
    if (password === undefined) return;
    const auth = ['AUTH', ...(username === undefined ? [] : [username]), password];
    socket.write(encode([auth]), 'latin1');
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(this.#settings.NODE_TIMEOUT_MS)]);
    const [reply] = await once(socket, 'data', { signal });
    if (!String(reply).startsWith('+OK')) throw new NodeError(name, 'rejects the user of the gateway');
  }

  /** A password file is read for each connection, because the password may have been rotated. */
  #addressOf(node: Node): Address {
    const { password, ...others } = this.#credentials;
    return { ...node, ...others, ...(password && { password: password() }) };
  }
}
