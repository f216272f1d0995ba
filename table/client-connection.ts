/**
 * The connection of one client, and its own connection to the home node. Requests are translated on their way to the
 * node. Replies pass unread, because the scripts return them in their final form. So the order of replies, transactions,
 * subscriptions, and blocking commands work as on the node.
 */
import type { Socket } from 'node:net';
import type { Calls } from './calls.ts';
import { RequestError } from './request.ts';
import { RequestSplitter } from './split-requests.ts';
import type { Translator } from './translator.ts';

/** A client that sends requests, but does not read the replies to earlier ones, is disconnected after this time. */
const STUCK_MS = 10_000;
/** Time for a client to read the last replies and to close its side, in milliseconds. */
export const LINGER_MS = 1_000;
/** Bytes of an incomplete request that every connection may use: one chunk. */
const SMALL = 64 * 1024;

export type Violation = RequestError['kind'] | 'pipeline';

export interface ClientOptions {
  calls: Calls;
  translator: Pick<Translator, 'translate' | 'expectsReplies'>;
  maxRequestBytes: number;
  /** Maximum number of requests that are sent while no data arrives from the node. */
  maxPipeline: number;
  /** Called after each chunk that ends with a large incomplete request. */
  onIncomplete: () => void;
  /** Called before the connection ends because of what the client sent. */
  onViolation: (kind: Violation, text: string) => void;
  /** Called if the node ends the connection first. */
  onNodeClosed: () => void;
}

export class ClientConnection {
  readonly #client: Socket;
  readonly #node: Socket;
  readonly #options: ClientOptions;
  #splitter: RequestSplitter;
  /** Requests sent since the last data from the node. */
  #sent = 0;
  /** No further request is sent to the node. */
  #ended = false;
  #nodeIsFull = false;
  #stuck: NodeJS.Timeout | undefined;

  constructor(client: Socket, node: Socket, options: ClientOptions) {
    this.#client = client;
    this.#node = node;
    this.#options = options;
    this.#splitter = new RequestSplitter(options.maxRequestBytes);
    client.on('data', (chunk: Buffer) => this.#onRequests(chunk));
    client.on('end', () => this.end());
    client.on('drain', () => node.resume());
    client.on('close', () => this.close());
    node.on('data', (chunk: Buffer) => this.#onReplies(chunk));
    node.on('drain', () => this.#onDrain());
    node.on('error', () => this.close());
    node.on('close', () => this.#onNodeClosed());
    // The client has closed its side before the node accepted the connection.
    if (client.readableEnded) this.end();
  }

  /** Bytes in memory that the node or the client has not taken yet. */
  get buffered(): number {
    return this.#splitter.incomplete + this.#node.writableLength + this.#client.writableLength;
  }

  /** Ends the connection after the replies to all complete requests. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    // Its memory is free at once.
    this.#splitter = new RequestSplitter(0);
    this.#node.end();
  }

  /** Ends the connection with an error, after the replies to all complete requests. */
  reject({ kind, message }: RequestError): void {
    if (this.#ended) return;
    this.#options.onViolation(kind, message);
    this.#node.write(this.#options.calls.error(`ERR ${message}`));
    this.end();
  }

  /** Closes both sides at once, as if the server had closed the connection. */
  close(): void {
    this.#ended = true;
    clearTimeout(this.#stuck);
    this.#client.destroy();
    this.#node.destroy();
  }

  /** After the end, incoming data is discarded. Unread data would make the system reset the connection. */
  #onRequests(chunk: Buffer): void {
    if (this.#ended) return;
    const parts: Buffer[] = [];
    try {
      this.#splitter.add(chunk);
      this.#translate(parts);
      this.#send(parts);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#send(parts);
      this.reject(error);
    }
    if (this.#splitter.incomplete > SMALL) this.#options.onIncomplete();
  }

  /** Translates all complete requests. Adjacent requests that pass as they are become one part. @throws RequestError */
  #translate(parts: Buffer[]): void {
    const splitter = this.#splitter;
    let run: { bytes: Buffer; start: number; end: number } | undefined;
    const endRun = () => {
      if (run) parts.push(run.bytes.subarray(run.start, run.end));
      run = undefined;
    };
    try {
      while (splitter.next()) {
        const translated = this.#options.translator.translate(splitter);
        const { bytes, start, end } = splitter;
        this.#sent += 1;
        if (translated === undefined && run?.bytes === bytes && run.end === start) {
          run.end = end;
          continue;
        }
        endRun();
        if (translated === undefined) run = { bytes, start, end };
        else parts.push(...translated);
      }
    } finally {
      endRun();
    }
  }

  #send(parts: readonly Buffer[]): void {
    const [first] = parts;
    if (first === undefined) return;
    // One write costs less than one for each small part.
    this.#nodeIsFull = !this.#node.write(parts.length === 1 ? first : Buffer.concat(parts));
    if (this.#nodeIsFull || this.#isPipelineFull) this.#client.pause();
    if (this.#isPipelineFull) this.#stuck ??= setTimeout(() => this.#giveUp(), STUCK_MS);
  }

  /** A client that does not read stops the replies, so it cannot send more than this either. */
  get #isPipelineFull(): boolean {
    return this.#sent > this.#options.maxPipeline && this.#options.translator.expectsReplies;
  }

  #onReplies(chunk: Buffer): void {
    this.#sent = 0;
    clearTimeout(this.#stuck);
    this.#stuck = undefined;
    if (!this.#client.write(chunk)) this.#node.pause();
    this.#resume();
  }

  #onDrain(): void {
    this.#nodeIsFull = false;
    this.#resume();
  }

  #resume(): void {
    if (!this.#nodeIsFull && !this.#isPipelineFull && this.#client.isPaused()) this.#client.resume();
  }

  #giveUp(): void {
    const { maxPipeline, onViolation } = this.#options;
    const text = `sent more than ${maxPipeline} requests (TABLE_MAX_PIPELINE), and for ${STUCK_MS} ms no reply could be delivered`;
    onViolation('pipeline', text);
    this.close();
  }

  #onNodeClosed(): void {
    clearTimeout(this.#stuck);
    if (!this.#ended) this.#options.onNodeClosed();
    this.#ended = true;
    this.#client.resume();
    this.#client.end(() => setTimeout(() => this.#client.destroy(), LINGER_MS).unref());
  }
}
