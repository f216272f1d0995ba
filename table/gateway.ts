/** Accepts clients, and connects each of them to the home node. */
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import type { Logger } from '../common/logger.ts';
import { SettingsError } from '../common/settings.ts';
import { shown } from '../common/value.ts';
import type { AccessFile } from './access-file.ts';
import type { Calls } from './calls.ts';
import { ClientConnection, type ClientOptions, LINGER_MS, type Violation } from './client-connection.ts';
import { GuardedTranslator } from './guarded-translator.ts';
import type { Home, HomeNode } from './home-node.ts';
import { createListener } from './listener.ts';
import { RequestError } from './request.ts';
import type { TableSettings } from './settings.ts';
import { type RequestCounts, Translator } from './translator.ts';

/** Connections above TABLE_MAX_CONNECTIONS that receive an error, and are then closed. Further ones are closed at once. */
const SPARE_CONNECTIONS = 64;
/** Memory for what was received and cannot be sent yet, of all connections together: this, or two large requests. */
const MAX_BUFFERED = 64 * 2 ** 20;
/** Minimum time between two log lines about the same limit, in milliseconds. */
const LOG_INTERVAL_MS = 10_000;

/** `access`: requests that the rules of TABLE_ACL_FILE forbid; all others end the connection. */
export type Limit = Violation | 'connections' | 'access';

export class Gateway {
  readonly #settings: TableSettings;
  readonly #calls: Calls;
  readonly #home: HomeNode;
  readonly #log: Logger;
  readonly #access: AccessFile | undefined;
  readonly #server: Server;
  /** All clients; those without a connection to the node wait for it. */
  readonly #clients = new Map<Socket, ClientConnection | undefined>();
  /** Connections accepted since the start. */
  accepted = 0;
  readonly requests: RequestCounts = { table: 0, answered: 0, passed: 0 };
  /** Connections that were closed because of a limit, and forbidden requests. */
  readonly rejected: Record<Limit, number> = {
    protocol: 0,
    request: 0,
    pipeline: 0,
    connections: 0,
    access: 0,
  };
  readonly #loggedAt = new Map<Limit, number>();

  /**
   * @param access users and rules; `undefined`: clients log in to the node.
   * @throws SettingsError if a file of TABLE_TLS_… cannot be used.
   */
  constructor(settings: TableSettings, calls: Calls, home: HomeNode, log: Logger, access?: AccessFile) {
    this.#settings = settings;
    this.#calls = calls;
    this.#home = home;
    this.#log = log;
    this.#access = access;
    this.#server = createListener(settings, log, (socket) => this.#accept(socket));
    this.#server.maxConnections = settings.TABLE_MAX_CONNECTIONS + SPARE_CONNECTIONS;
    this.#server.on('drop', () => this.#countRejected('connections'));
    home.onLost = () => {
      for (const connection of this.#clients.values()) connection?.close();
    };
  }

  /** Number of open connections of clients. */
  get connections(): number {
    return this.#clients.size;
  }

  /** @throws SettingsError if the gateway cannot listen at TABLE_PORT. */
  async listen(): Promise<void> {
    const { host, port, name } = this.#settings.TABLE_PORT;
    try {
      await once(this.#server.listen(port, host), 'listening');
    } catch (error) {
      throw new SettingsError([
        `TABLE_PORT: expected an address at which no other process listens, got "${name}" (${shown((error as Error).message)})`,
      ]);
    }
    // A connection that cannot be accepted, because too many files are open, must not end the gateway.
    this.#server.on('error', () => {});
  }

  /** Stops listening, and ends each connection after the replies to its requests. @param deadline for the clients. */
  async close(deadline: AbortSignal): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const [socket, connection] of this.#clients) {
      if (connection) connection.end();
      else socket.destroy();
    }
    deadline.addEventListener('abort', () => {
      for (const socket of this.#clients.keys()) socket.destroy();
    });
    await closed;
  }

  #accept(socket: Socket): void {
    socket.on('error', () => {});
    socket.on('close', () => this.#clients.delete(socket));
    if (this.#clients.size >= this.#settings.TABLE_MAX_CONNECTIONS) {
      this.#countRejected('connections');
      refuse(socket, 'max number of clients reached: raise TABLE_MAX_CONNECTIONS of the gateway');
      return;
    }
    this.#clients.set(socket, undefined);
    this.accepted += 1;
    this.#connect(socket).catch((error: Error) => refuse(socket, error.message));
  }

  /** @throws Error if there is no home node. */
  async #connect(socket: Socket): Promise<void> {
    const { home, socket: node } = await this.#home.connect();
    node.on('error', () => {});
    // The client may have gone, or the node may have been lost, in the time of the connection.
    if (!this.#clients.has(socket) || this.#home.current !== home) {
      socket.destroy();
      node.destroy();
      return;
    }
    const { TABLE_MAX_REQUEST_BYTES, TABLE_MAX_PIPELINE } = this.#settings;
    const connection = new ClientConnection(socket, node, {
      calls: this.#calls,
      translator: this.#translator(home, socket),
      maxRequestBytes: TABLE_MAX_REQUEST_BYTES,
      maxPipeline: TABLE_MAX_PIPELINE,
      onIncomplete: () => this.#limitMemory(),
      onViolation: (limit, text) => this.#countRejected(limit, socket, text),
      onNodeClosed: () => this.#home.checkNow(),
    });
    this.#clients.set(socket, connection);
  }

  #translator(home: Home, socket: Socket): ClientOptions['translator'] {
    const translator = new Translator(this.#calls, home.modules, this.requests);
    if (this.#access === undefined) return translator;
    return new GuardedTranslator(translator, this.#access.guard(), (reason) =>
      this.#countRejected('access', socket, reason),
    );
  }

  /** Ends the connection with the most data if all of them together have too much, so that the others can go on. */
  #limitMemory(): void {
    const connections = [...this.#clients.values()].filter((connection) => connection !== undefined);
    const total = connections.reduce((sum, { buffered }) => sum + buffered, 0);
    if (total <= Math.max(MAX_BUFFERED, 2 * this.#settings.TABLE_MAX_REQUEST_BYTES)) return;
    const largest = connections.reduce((a, b) => (b.buffered > a.buffered ? b : a));
    largest.reject(
      new RequestError('request', 'the gateway has no memory for incomplete requests: send smaller ones'),
    );
  }

  #countRejected(
    limit: Limit,
    socket?: Socket,
    text = 'rejected a connection (TABLE_MAX_CONNECTIONS)',
  ): void {
    this.rejected[limit] += 1;
    const now = performance.now();
    if (now - (this.#loggedAt.get(limit) ?? Number.NEGATIVE_INFINITY) < LOG_INTERVAL_MS) return;
    this.#loggedAt.set(limit, now);
    const client = socket && `${socket.remoteAddress}:${socket.remotePort}`;
    const subject = client === undefined ? this.#settings.SERVICE_NAME : `client ${client}`;
    this.#log.warn({ event: 'rejected', limit, client, total: this.rejected[limit] }, `${subject}: ${text}`);
  }
}

/** Gives a client without a connection to the node an error, and closes. */
function refuse(socket: Socket, text: string): void {
  // Unread data would make the system reset the connection, and the client could not read the error.
  socket.resume();
  socket.end(`-ERR ${text}\r\n`, () => setTimeout(() => socket.destroy(), LINGER_MS).unref());
}
