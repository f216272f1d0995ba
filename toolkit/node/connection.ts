/** One connection to one node. Every failure becomes a `NodeError` with the node's name. */
import { once } from 'node:events';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Address } from './address.ts';
import { Interrupted, NodeError, replyReason, socketReason } from './errors.ts';
import { type Command, encode, type Reply, ReplyError, ReplyParser } from './resp.ts';

interface Batch {
  replies: Reply[];
  wanted: number;
  resolve: (replies: Reply[]) => void;
  reject: (error: Error) => void;
}

export interface ConnectionOptions {
  /** Timeout for a connection attempt and for a pending reply, in milliseconds. */
  timeoutMs: number;
  /** Ends the connection and rejects pending calls. */
  signal: AbortSignal;
}

export class Connection {
  readonly name: string;
  readonly #socket: Socket;
  readonly #pending: Batch[] = [];
  readonly #onAbort = () => this.#fail(new Interrupted());
  readonly #signal: AbortSignal;
  #failure: Error | undefined;

  private constructor(name: string, socket: Socket, { timeoutMs, signal }: ConnectionOptions) {
    this.name = name;
    this.#socket = socket;
    this.#signal = signal;
    const parser = new ReplyParser();
    socket.setNoDelay(true);
    // The timeout applies only while a reply is pending; an idle socket may be silent.
    socket.setTimeout(timeoutMs, () => {
      if (this.#pending.length > 0) this.#fail(this.#error(`did not answer for ${timeoutMs} ms`));
    });
    socket.on('data', (chunk: Buffer) => this.#receive(parser, chunk));
    socket.on('error', (error) => this.#fail(this.#error(socketReason(error))));
    socket.on('close', () => this.#fail(this.#error('closed the connection during the run')));
    signal.addEventListener('abort', this.#onAbort);
  }

  /** Connects and authenticates. @throws NodeError, Interrupted. */
  static async open(address: Address, options: ConnectionOptions): Promise<Connection> {
    options.signal.throwIfAborted();
    const connection = new Connection(address.name, await openSocket(address, options), options);
    try {
      const { username, password } = address;
      if (password !== undefined) {
        await connection.call(['AUTH', ...(username === undefined ? [] : [username]), password]);
      }
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Sends one command. @throws NodeError, including for an error reply. */
  async call(command: Command): Promise<Reply> {
    const [reply = null] = await this.batch([command]);
    if (reply instanceof ReplyError) throw this.refused(reply, command);
    return reply;
  }

  /** Sends commands in one write. Returns error replies as values. @throws NodeError if the connection is lost. */
  batch(commands: readonly Command[]): Promise<Reply[]> {
    if (commands.length === 0) return Promise.resolve([]);
    return this.send(encode(commands), commands.length);
  }

  /** Sends encoded commands (`latin1`) and returns their replies. @throws NodeError if the connection is lost. */
  send(bytes: string, replies: number): Promise<Reply[]> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#pending.push({ replies: [], wanted: replies, resolve, reject });
      this.#socket.write(bytes, 'latin1');
    });
  }

  /** Returns the error for an error reply to a command. */
  refused(reply: ReplyError, [word = '', second = '']: Command): NodeError {
    const command = word.toString() === 'DEBUG' ? `${word} ${second}` : word.toString();
    return new NodeError(this.name, replyReason(reply, command), reply.code);
  }

  close(): void {
    this.#fail(this.#error('was closed'));
  }

  #receive(parser: ReplyParser, chunk: Buffer): void {
    try {
      for (const reply of parser.push(chunk)) this.#deliver(reply);
    } catch (error) {
      this.#fail(this.#error(`sent ${(error as Error).message}`));
    }
  }

  #deliver(reply: Reply): void {
    const batch = this.#pending[0];
    if (batch === undefined) {
      this.#fail(unexpected(this, reply));
      return;
    }
    batch.replies.push(reply);
    if (batch.replies.length < batch.wanted) return;
    this.#pending.shift();
    batch.resolve(batch.replies);
  }

  #fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#socket.destroy();
    for (const batch of this.#pending.splice(0)) batch.reject(error);
  }

  #error(reason: string): NodeError {
    return new NodeError(this.name, reason);
  }
}

/** A server in protected mode or with too many clients sends an error before the first command. */
function unexpected(connection: Connection, reply: Reply): NodeError {
  if (reply instanceof ReplyError) return connection.refused(reply, ['the connection']);
  return new NodeError(connection.name, 'sent an unsolicited reply');
}

/** Opens a socket to a node, with TLS if its address requires it. @throws NodeError, Interrupted. */
export async function openSocket(
  { host, port, name, tls }: Address,
  options: ConnectionOptions,
): Promise<Socket> {
  const { timeoutMs, signal } = options;
  const socket = tls
    ? connectTls({ host, port, ...tls, ...(isIP(host) === 0 && { servername: host }) })
    : connectPlain({ host, port });
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    await once(socket, tls ? 'secureConnect' : 'connect', { signal: AbortSignal.any([signal, deadline]) });
    return socket;
  } catch (error) {
    socket.on('error', () => {});
    socket.destroy();
    if (signal.aborted) throw new Interrupted();
    if (deadline.aborted)
      throw new NodeError(name, `did not accept a ${tls ? 'TLS ' : ''}connection for ${timeoutMs} ms`);
    throw new NodeError(name, socketReason(error as NodeJS.ErrnoException));
  }
}
