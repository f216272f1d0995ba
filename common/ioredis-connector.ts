/**
 * How ioredis opens its socket, with one difference: somebody always listens for the socket's errors. ioredis listens for
 * the first, and a TLS handshake that is broken off half way brings a second one, which would end the process.
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { AbstractConnector, type RedisOptions } from 'ioredis';

export class Connector extends AbstractConnector {
  readonly #options: RedisOptions;

  constructor(options: unknown) {
    const given = options as RedisOptions;
    super(given.disconnectTimeout ?? 0);
    this.#options = given;
  }

  async connect(): Promise<Socket | TLSSocket> {
    this.connecting = true;
    // ioredis may be told to disconnect before it has a socket.
    await Promise.resolve();
    if (!this.connecting) throw new Error('Connection is closed.');
    const { host = '127.0.0.1', port = 6379, tls } = this.#options;
    const socket = tls ? connectTls({ host, port, ...tls }) : connect({ host, port });
    socket.on('error', (error) => {
      this.firstError ??= error;
    });
    this.stream = socket;
    return socket;
  }

  /** At once: ioredis would go on reading for two seconds whatever a node sends that does not close its side. */
  override disconnect(): void {
    this.connecting = false;
    this.stream?.destroy();
  }
}
