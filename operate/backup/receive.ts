/** Receives a node's snapshot over the replication protocol, like a new replica. */
import type { Socket } from 'node:net';
import type { Address } from '../../toolkit/node/address.ts';
import { type ConnectionOptions, openSocket } from '../../toolkit/node/connection.ts';
import { Interrupted, NodeError, replyReason, socketReason } from '../../toolkit/node/errors.ts';
import { type Command, encode, ReplyError } from '../../toolkit/node/resp.ts';

const LF = 10;

/**
 * Requests a full resynchronization, yields the bytes of the snapshot, and closes the connection.
 * The node saves the snapshot first, at one point in time, and continues to serve clients. The connection never becomes
 * a replication link: no data is written to it, and the node does not count it as an online replica.
 * @param onLength called with the number of bytes, before the first byte.
 * @throws NodeError, Interrupted.
 */
export async function* receiveSnapshot(
  address: Address,
  options: ConnectionOptions,
  onLength: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const stream = new Stream(address.name, await openSocket(address, options), options);
  try {
    await logIn(stream, address);
    // Requests the snapshot only. A server that does not know this option sends its writes afterwards; they are not
    // read.
    await stream.ask(['REPLCONF', 'rdb-only', '1']);
    const answer = await stream.ask(['PSYNC', '?', '-1']);
    if (!answer.startsWith('+FULLRESYNC')) throw stream.rejection(answer, 'PSYNC');
    const length = lengthOf(stream, await stream.line());
    onLength(length);
    yield* stream.bytes(length);
  } finally {
    stream.close();
  }
}

async function logIn(stream: Stream, { username, password }: Address): Promise<void> {
  if (password === undefined) return;
  const answer = await stream.ask(['AUTH', ...(username === undefined ? [] : [username]), password]);
  if (!answer.startsWith('+')) throw stream.rejection(answer, 'AUTH');
}

/** Returns the length of the snapshot. A server omits it only for replicas with the `eof` capability, not set here. */
function lengthOf(stream: Stream, line: string): number {
  const length = /^\$(\d+)$/.exec(line)?.[1];
  if (length === undefined) throw stream.rejection(line, 'PSYNC');
  return Number(length);
}

/** Reads lines, then bytes, from a socket. */
class Stream {
  readonly #name: string;
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.#socket.destroy(new Interrupted());
  #rest: Buffer = Buffer.alloc(0);

  constructor(name: string, socket: Socket, { timeoutMs = 0, signal }: ConnectionOptions) {
    this.#name = name;
    this.#socket = socket;
    this.#signal = signal;
    this.#chunks = socket[Symbol.asyncIterator]();
    // During a save, a node sends empty lines, so a healthy node is never silent for this long.
    socket.setTimeout(timeoutMs, () => socket.destroy(this.#error(`sent no data for ${timeoutMs} ms`)));
    signal?.addEventListener('abort', this.#onAbort);
  }

  async ask(command: Command): Promise<string> {
    this.#socket.write(encode([command]), 'latin1');
    return this.line();
  }

  /** Returns the next line that is not empty. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf(LF);
      if (end < 0) {
        this.#rest = Buffer.concat([this.#rest, await this.#next()]);
        continue;
      }
      const text = this.#rest.toString('latin1', 0, end).trim();
      this.#rest = this.#rest.subarray(end + 1);
      if (text !== '') return text;
    }
  }

  async *bytes(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      const chunk = this.#rest.length > 0 ? this.#rest : await this.#next();
      this.#rest = Buffer.alloc(0);
      const wanted = chunk.subarray(0, left);
      left -= wanted.length;
      yield wanted;
    }
  }

  rejection(line: string, command: string): NodeError {
    if (!line.startsWith('-')) return this.#error(`sent an unexpected reply to ${command}: ${line}`);
    const reply = new ReplyError(line.slice(1));
    return new NodeError(this.#name, replyReason(reply, command), reply.code);
  }

  close(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#socket.on('error', () => {});
    this.#socket.destroy();
  }

  async #next(): Promise<Buffer> {
    try {
      const { value, done } = await this.#chunks.next();
      if (!done) return value;
    } catch (error) {
      if (error instanceof NodeError || error instanceof Interrupted) throw error;
      throw this.#error(socketReason(error as NodeJS.ErrnoException));
    }
    throw this.#error('closed the connection before the snapshot was complete');
  }

  #error(reason: string): NodeError {
    return new NodeError(this.#name, reason);
  }
}
