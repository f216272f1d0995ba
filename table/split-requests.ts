/**
 * Splits the bytes of a client into requests: RESP arrays of bulk strings, and inline commands. It accepts less than the
 * servers do, for example no leading zeros in lengths. Otherwise the gateway and a node could split the same bytes
 * differently, and a request could pass unchecked inside another one.
 */
import { type Request, RequestError, requestOf } from './request.ts';
import { splitInline } from './split-inline.ts';

const [CR, LF, ZERO, NINE, STAR, DOLLAR] = [13, 10, 48, 57, 42, 36];
const MAX_DIGITS = 10;
/** Bytes of an empty argument. */
const MIN_ARGUMENT = '$0\r\n\r\n'.length;
/** Maximum bytes of an inline command, as on the servers. */
const MAX_INLINE = 64 * 1024;

/** Call `add` for each chunk, then `next` until it returns false. After a RequestError, discard the splitter. */
export class RequestSplitter implements Request {
  // The request that `next` has found.
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  count = 0;
  nameStart = 0;
  nameEnd = 0;

  readonly #maxBytes: number;
  #buffer: Buffer = this.bytes;
  /** Bytes of `#buffer` that have arrived. */
  #size = 0;
  /** Whether `#buffer` is memory of this splitter, not a chunk. */
  #own = false;
  /** Start of the incomplete request, and the position behind its last complete line or argument. */
  #first = 0;
  #at = 0;
  /** Missing arguments of the incomplete request; 0: its first line is missing. */
  #missing = 0;
  /** The number in the line that `#line` has read. */
  #number = 0;

  /** @param maxBytes of one request. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of the incomplete request that have arrived. */
  get incomplete(): number {
    return this.#size - this.#first;
  }

  add(chunk: Buffer): void {
    if (this.incomplete > 0) {
      this.#append(chunk);
      return;
    }
    this.#buffer = chunk;
    this.#size = chunk.length;
    this.#own = false;
    this.#first = 0;
    this.#at = 0;
  }

  /** Finds the next request. @returns whether one has arrived completely. @throws RequestError */
  next(): boolean {
    while (this.#missing === 0) {
      if (this.#at >= this.#size) return false;
      if (this.#buffer[this.#at] === STAR) {
        if (!this.#beginArray()) return false;
      } else {
        const inline = this.#inline();
        if (inline === undefined) return false;
        if (inline.length > 0) return this.#found(inline);
      }
    }
    while (this.#missing > 0) if (!this.#argument()) return false;
    this.bytes = this.#buffer;
    this.start = this.#first;
    this.end = this.#at;
    this.#first = this.#at;
    return true;
  }

  /** Encodes an inline command as an array. */
  #found(inline: readonly Buffer[]): true {
    Object.assign(this, requestOf(inline));
    return true;
  }

  /** Reads the number of arguments. Like the servers, skips an array without elements. @returns whether it has arrived. */
  #beginArray(): boolean {
    const next = this.#line('multibulk');
    if (next === 0) return false;
    if (this.#number * MIN_ARGUMENT > this.#maxBytes) throw tooLarge(this.#maxBytes);
    this.count = this.#number;
    this.#missing = this.#number;
    this.#at = next;
    if (this.#missing === 0) this.#first = next;
    return true;
  }

  /** Passes over the next argument. @returns whether it has arrived. */
  #argument(): boolean {
    const buffer = this.#buffer;
    if (this.#at >= this.#size) return false;
    if (buffer[this.#at] !== DOLLAR) throw invalid(`expected '$', got '${printable(buffer[this.#at])}'`);
    const start = this.#line('bulk');
    if (start === 0) return false;
    const end = start + this.#number;
    if (end - this.#first > this.#maxBytes) throw tooLarge(this.#maxBytes);
    if (end + 2 > this.#size) return false;
    if (buffer[end] !== CR || buffer[end + 1] !== LF) throw invalid('expected CRLF after an argument');
    if (this.#missing === this.count) {
      this.nameStart = start;
      this.nameEnd = end;
    }
    this.#at = end + 2;
    this.#missing -= 1;
    return true;
  }

  /** Reads a length behind the type at `#at`. @returns the position behind the line; 0 if it has not arrived. */
  #line(kind: 'multibulk' | 'bulk'): number {
    const buffer = this.#buffer;
    const first = this.#at + 1;
    let number = 0;
    for (let at = first; at < this.#size; at += 1) {
      const byte = buffer[at] as number;
      if (byte === CR && at > first) {
        if (at + 1 >= this.#size) return 0;
        if (buffer[at + 1] !== LF) throw invalid(`invalid ${kind} length`);
        this.#number = number;
        return at + 2;
      }
      const isDigit = byte >= ZERO && byte <= NINE;
      if (!isDigit || at - first >= MAX_DIGITS || (at > first && number === 0))
        throw invalid(`invalid ${kind} length`);
      number = number * 10 + byte - ZERO;
    }
    return 0;
  }

  /** Returns the arguments of an inline command, none for an empty line; `undefined` if the line is incomplete. */
  #inline(): Buffer[] | undefined {
    const found = this.#buffer.indexOf(LF, this.#at);
    const end = found < 0 || found >= this.#size ? this.#size : found;
    if (end - this.#at > Math.min(MAX_INLINE, this.#maxBytes)) throw invalid('too big inline request');
    if (end === this.#size) return undefined;
    const line = this.#buffer.subarray(this.#at, end);
    this.#at = end + 1;
    this.#first = this.#at;
    const args = splitInline(line);
    if (args === undefined) throw invalid('unbalanced quotes in request');
    return args;
  }

  /** Copies the incomplete request and the chunk into memory that doubles, so that each byte is copied about twice. */
  #append(chunk: Buffer): void {
    const size = this.incomplete + chunk.length;
    // Memory in front of `#first` contains requests that may still be in use.
    if (!this.#own || this.#first > 0 || size > this.#buffer.length) {
      const buffer = Buffer.allocUnsafe(2 * size);
      this.#buffer.copy(buffer, 0, this.#first, this.#size);
      this.#at -= this.#first;
      this.nameStart -= this.#first;
      this.nameEnd -= this.#first;
      this.#first = 0;
      this.#buffer = buffer;
      this.#own = true;
    }
    chunk.copy(this.#buffer, size - chunk.length);
    this.#size = size;
  }
}

/** Returns an error in the words of the servers. */
function invalid(reason: string): RequestError {
  return new RequestError('protocol', `Protocol error: ${reason}`);
}

function tooLarge(maxBytes: number): RequestError {
  const text = `the request is larger than ${maxBytes} bytes: send several requests, or raise TABLE_MAX_REQUEST_BYTES`;
  return new RequestError('request', text);
}

function printable(byte = 0): string {
  return byte > 32 && byte < 127 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
}
