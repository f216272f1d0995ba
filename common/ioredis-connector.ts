/**
 * Opens the socket of ioredis, which accepts such a class as an option. Two differences to its own:
 * - It keeps an `error` listener on the socket at all times. ioredis handles only the first error, and an aborted TLS
 *   handshake emits a second one, which would crash the process.
 * - It closes the connection when a node exceeds a size limit. ioredis buffers incomplete replies, so a broken or hostile
 *   server could exhaust memory.
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { AbstractConnector, type RedisOptions } from 'ioredis';
import { ReplyLimits } from './reply-limits.ts';

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
    limitReplies(socket);
    this.stream = socket;
    return socket;
  }

  /** Closes the socket at once. ioredis itself would continue to read for two seconds if the node does not close its side. */
  override disconnect(): void {
    this.connecting = false;
    this.stream?.destroy();
  }
}

/** ioredis decodes a chunk before this listener checks it, so one chunk too many is decoded at most. */
function limitReplies(socket: Socket): void {
  const limits = new ReplyLimits();
  socket.on('data', (chunk) => {
    try {
      limits.pass(chunk);
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
}
