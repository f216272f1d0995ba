/** Receives a node's snapshot over the protocol, as a new replica does. */
import type { Socket } from 'node:net';
import type { Address } from '../verifier/node/address.ts';
import { type ConnectionOptions, openSocket } from '../verifier/node/connection.ts';
import { Interrupted, NodeError, replyReason, socketReason } from '../verifier/node/errors.ts';
import { type Command, encode, ReplyError } from '../verifier/node/resp.ts';

const LF = 10;

/**
 * Asks a node for a full synchronisation and yields its snapshot, byte by byte as it is; the connection is closed behind
 * it. The node saves the snapshot first, from one moment, while it goes on serving; until it is closed, the connection
 * is not a link of the mesh: nothing is ever sent over it, and it does not count as a replica that is online.
 * @param onLength is told how many bytes will come, before the first.
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
    // Nothing but the snapshot: servers that do not know this send their writes behind it, which are not read.
    await stream.ask(['REPLCONF', 'rdb-only', '1']);
    const answer = await stream.ask(['PSYNC', '?', '-1']);
    if (!answer.startsWith('+FULLRESYNC')) throw stream.refused(answer, 'PSYNC');
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
  if (!answer.startsWith('+')) throw stream.refused(answer, 'AUTH');
}

/** A server says how long the snapshot is unless its replica knows to do without, which we did not claim. */
function lengthOf(stream: Stream, line: string): number {
  const length = /^\$(\d+)$/.exec(line)?.[1];
  if (length === undefined) throw stream.refused(line, 'PSYNC');
  return Number(length);
}

/** Lines, then bytes, from a socket. */
class Stream {
  readonly #name: string;
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #signal: AbortSignal;
  readonly #onAbort = () => this.#socket.destroy(new Interrupted());
  #rest: Buffer = Buffer.alloc(0);

  constructor(name: string, socket: Socket, { timeoutMs, signal }: ConnectionOptions) {
    this.#name = name;
    this.#socket = socket;
    this.#signal = signal;
    this.#chunks = socket[Symbol.asyncIterator]();
    // While it saves, a node sends an empty line now and then.
    socket.setTimeout(timeoutMs, () => socket.destroy(this.#error(`was silent for ${timeoutMs} ms`)));
    signal.addEventListener('abort', this.#onAbort);
  }

  async ask(command: Command): Promise<string> {
    this.#socket.write(encode([command]), 'latin1');
    return this.line();
  }

  /** The next line that is not empty. */
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

  refused(line: string, command: string): NodeError {
    if (!line.startsWith('-')) return this.#error(`answered ${command} with what is no snapshot: ${line}`);
    const reply = new ReplyError(line.slice(1));
    return new NodeError(this.#name, replyReason(reply, command), reply.code);
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
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
    throw this.#error('went away before the snapshot was complete');
  }

  #error(reason: string): NodeError {
    return new NodeError(this.#name, reason);
  }
}
