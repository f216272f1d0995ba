/** One connection to one node. Every failure becomes a `NodeError` with the node's name. */
import { once } from 'node:events';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Address } from './address.ts';
import { Interrupted, NodeError, replyReason, socketReason } from './errors.ts';
import { type Command, Decoder, encode, InvalidReply, type OnPush, type Reply, ReplyError } from './resp.ts';

/** Receives one reply. An `Error` means that the connection is lost, and that no other reply follows. */
export type OnReply = (reply: Reply | Error) => void;

export interface ConnectionOptions {
  /** Timeout for a connection attempt and for a pending reply, in milliseconds. If omitted, there is no timeout. */
  timeoutMs?: number;
  /** Ends the connection and rejects pending calls. */
  signal?: AbortSignal;
  /** Receives pushes. If given, the connection uses RESP version 3. */
  onPush?: OnPush;
}

/** Code of the error for a node that does not answer in time. */
const TIMEOUT = 'ETIMEDOUT';

export class Connection {
  readonly name: string;
  readonly #socket: Socket;
  readonly #pending: { replies: number; onReply: OnReply }[] = [];
  readonly #onAbort = () => this.#fail(new Interrupted());
  readonly #signal: AbortSignal | undefined;
  #failure: Error | undefined;

  private constructor(name: string, socket: Socket, { timeoutMs = 0, signal, onPush }: ConnectionOptions) {
    this.name = name;
    this.#socket = socket;
    this.#signal = signal;
    const decoder = new Decoder((reply) => this.#deliver(reply), onPush);
    socket.setNoDelay(true);
    socket.setTimeout(timeoutMs);
    // The timeout applies only while a reply is pending; an idle socket may be silent.
    socket.on('timeout', () => {
      if (this.#pending.length > 0) this.#fail(this.#error(`did not answer for ${timeoutMs} ms`, TIMEOUT));
    });
    socket.on('data', (chunk: Buffer) => this.#receive(decoder, chunk));
    socket.on('error', (error) => this.#fail(this.#error(socketReason(error))));
    socket.on('close', () => this.#fail(this.#error('closed the connection during the run')));
    signal?.addEventListener('abort', this.#onAbort);
  }

  /** Connects and authenticates. @throws NodeError, Interrupted. */
  static async open(address: Address, options: ConnectionOptions = {}): Promise<Connection> {
    options.signal?.throwIfAborted();
    const connection = new Connection(address.name, await openSocket(address, options), options);
    try {
      const { username, password } = address;
      if (password !== undefined) {
        await connection.call(['AUTH', ...(username === undefined ? [] : [username]), password]);
      }
      if (options.onPush) await connection.call(['HELLO', '3']);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Sends one command. @throws NodeError, including for an error reply. */
  async call(command: Command): Promise<Reply> {
    const [reply = null] = await this.batch([command]);
    if (reply instanceof ReplyError) throw this.rejection(reply, command);
    return reply;
  }

  /** Sends commands in one write. Returns error replies as values. @throws NodeError if the connection is lost. */
  batch(commands: readonly Command[]): Promise<Reply[]> {
    if (commands.length === 0) return Promise.resolve([]);
    return this.exchange(encode(commands), commands.length);
  }

  /** Subscribes to channels, whose messages reach `onPush`. @throws NodeError, including for an error reply. */
  async subscribe(channels: readonly string[]): Promise<void> {
    const command = ['SUBSCRIBE', ...channels];
    // The confirmations are pushes, so the reply to PING shows that all have arrived.
    const [reply] = await this.exchange(encode([command, ['PING']]), 1);
    if (reply instanceof ReplyError) throw this.rejection(reply, command);
  }

  /** Sends encoded commands (`latin1`) and returns their replies. @throws NodeError if the connection is lost. */
  exchange(bytes: string, count: number): Promise<Reply[]> {
    return new Promise((resolve, reject) => {
      const replies: Reply[] = [];
      this.send(bytes, count, (reply) => {
        if (reply instanceof Error) reject(reply);
        else if (replies.push(reply) === count) resolve(replies);
      });
    });
  }

  /** Sends encoded commands (`latin1`), and passes on each reply as soon as it arrives. */
  send(bytes: string, replies: number, onReply: OnReply): void {
    if (this.#failure) {
      onReply(this.#failure);
      return;
    }
    this.#pending.push({ replies, onReply });
    this.#socket.write(bytes, 'latin1');
  }

  /** Returns the error for an error reply to a command. */
  rejection(reply: ReplyError, [word = '', second = '']: Command): NodeError {
    const command = word.toString() === 'DEBUG' ? `${word} ${second}` : word.toString();
    return new NodeError(this.name, replyReason(reply, command), reply.code);
  }

  close(): void {
    this.#fail(this.#error('was closed'));
  }

  #receive(decoder: Decoder, chunk: Buffer): void {
    try {
      decoder.take(chunk);
    } catch (error) {
      if (!(error instanceof InvalidReply)) throw error;
      this.#fail(this.#error(`sent ${error.message}`));
    }
  }

  #deliver(reply: Reply): void {
    const next = this.#pending[0];
    if (next === undefined) {
      this.#fail(unexpected(this, reply));
      return;
    }
    next.replies -= 1;
    if (next.replies === 0) this.#pending.shift();
    next.onReply(reply);
  }

  #fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#socket.destroy();
    for (const { onReply } of this.#pending.splice(0)) onReply(error);
  }

  #error(reason: string, code?: string): NodeError {
    return new NodeError(this.name, reason, code);
  }
}

/** A server in protected mode or with too many clients sends an error before the first command. */
function unexpected(connection: Connection, reply: Reply): NodeError {
  if (reply instanceof ReplyError) return connection.rejection(reply, ['the connection']);
  return new NodeError(connection.name, 'sent an unsolicited reply');
}

/** Opens a socket to a node, with TLS if its address requires it. @throws NodeError, Interrupted. */
export async function openSocket(
  { host, port, name, tls }: Address,
  { timeoutMs, signal }: ConnectionOptions,
): Promise<Socket> {
  const socket = tls
    ? connectTls({ host, port, ...tls, ...(isIP(host) === 0 && { servername: host }) })
    : connectPlain({ host, port });
  const deadline = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const ends = [signal, deadline].filter((end) => end !== undefined);
  try {
    await once(socket, tls ? 'secureConnect' : 'connect', { signal: AbortSignal.any(ends) });
    return socket;
  } catch (error) {
    socket.on('error', () => {});
    socket.destroy();
    if (signal?.aborted) throw new Interrupted();
    if (deadline?.aborted)
      throw new NodeError(
        name,
        `did not accept a ${tls ? 'TLS ' : ''}connection for ${timeoutMs} ms`,
        TIMEOUT,
      );
    throw new NodeError(name, socketReason(error as NodeJS.ErrnoException));
  }
}
