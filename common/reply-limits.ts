/**
 * Checks the size of replies before a client library decodes them. Both libraries buffer incomplete replies and allocate
 * the announced lengths. Without limits, a broken or hostile server could exhaust memory with one endless bulk string or,
 * in 500 bytes, with nested arrays of 30 million elements.
 */

/** Maximum bytes of a string: thousands of times the size of a valid value. */
export const MAX_REPLY_BYTES = 8 * 2 ** 20;
/** Maximum elements in all arrays, maps, and sets of one reply. HELLO has the most that services request: about 20. */
export const MAX_ELEMENTS = 10_000;
/** Maximum depth of nested arrays, because decoding recurses. HELLO has 3. */
export const MAX_DEPTH = 16;
/** Maximum characters of a length line; fits any length within the limits. */
const MAX_DIGITS = 16;

const [CR, LF, MINUS, ZERO, NINE, ONE] = [13, 10, 45, 48, 57, 49];
/** Types that are one line, types followed by a number of bytes, and types followed by a number of elements. */
const [LINE, BYTES, ELEMENTS] = [1, 2, 3];
const KINDS = new Uint8Array(256);
for (const type of '+-:_#') KINDS[type.charCodeAt(0)] = LINE;
for (const type of '$!=') KINDS[type.charCodeAt(0)] = BYTES;
for (const type of '*~>%') KINDS[type.charCodeAt(0)] = ELEMENTS;
const [NULL, BOOLEAN, BULK, VERBATIM, ARRAY, MAP] = Array.from('_#$=*%', (type) => type.charCodeAt(0));
/** A verbatim string starts with its format, such as `txt:`. */
const FORMAT_BYTES = 4;

/** Checks the replies of one connection. It stores counts and no bytes, so its memory is constant. */
export class ReplyLimits {
  /** Current element: its type, or 0; its announced length; the number of characters of its line. */
  #type = 0;
  #length = 0;
  #negative = false;
  #characters = 0;
  /** The line's CR has arrived, but its LF has not. */
  #ending = false;
  /** Missing bytes of a string, including its line end. */
  #skip = 0;
  /** Missing elements of each open array. */
  readonly #open: number[] = [];
  #elements = 0;
  #bytes = 0;
  #failure: Error | undefined;

  /** Whether the next byte starts a reply. */
  get #between(): boolean {
    return this.#type === 0 && this.#skip === 0 && this.#open.length === 0;
  }

  /** Checks the next bytes of a connection. @throws Error if they exceed a limit or are invalid RESP, and at every later call. */
  pass(chunk: Buffer): void {
    if (this.#failure) throw this.#failure;
    try {
      for (let at = 0; at < chunk.length; ) at = this.#reply(chunk, at);
    } catch (error) {
      this.#failure = error as Error;
      throw error;
    }
  }

  /** Continues from `start` to the end of the current or next reply, or of the chunk if that is sooner. */
  #reply(chunk: Buffer, start: number): number {
    let at = start;
    do {
      const from = at;
      if (this.#skip > 0) {
        at = Math.min(chunk.length, at + this.#skip);
        this.#skip -= at - from;
      } else {
        at = this.#line(chunk, at);
      }
      this.#bytes += at - from;
      if (this.#bytes > MAX_REPLY_BYTES)
        throw new Error(`sent a reply of more than ${MAX_REPLY_BYTES} bytes`);
      if (this.#type === 0 && this.#skip === 0) this.#endElement();
    } while (!this.#between && at < chunk.length);
    return at;
  }

  /** Reads a line, or the part of it that has arrived. @returns the position after it. */
  #line(chunk: Buffer, start: number): number {
    for (let at = start; at < chunk.length; at += 1) {
      const byte = chunk[at] as number;
      if (this.#ending) {
        if (byte !== LF) throw noReply(byte);
        this.#endLine();
        return at + 1;
      }
      if (this.#type === 0) this.#beginLine(byte);
      else if (byte === CR) this.#ending = true;
      else this.#character(byte);
    }
    return chunk.length;
  }

  #beginLine(byte: number): void {
    if (KINDS[byte] === 0) throw noReply(byte);
    this.#type = byte;
    this.#length = 0;
    this.#negative = false;
    this.#characters = 0;
  }

  #character(byte: number): void {
    this.#characters += 1;
    if (KINDS[this.#type] === LINE) return;
    if (byte === MINUS && this.#characters === 1) this.#negative = true;
    else if (byte >= ZERO && byte <= NINE && this.#characters <= MAX_DIGITS)
      this.#length = this.#length * 10 + byte - ZERO;
    else throw noReply(byte);
  }

  #endLine(): void {
    const type = this.#type;
    const length = this.#length;
    this.#type = 0;
    this.#ending = false;
    if (KINDS[type] === LINE) this.#checkLine(type);
    else if (this.#negative) this.#checkNull(type);
    else if (this.#characters === 0 || (type === VERBATIM && length < FORMAT_BYTES)) throw noReply(CR);
    else if (KINDS[type] === BYTES) this.#beginString(length);
    else this.#beginElements(type === MAP ? length * 2 : length);
  }

  /** Checks the length of these lines, because the libraries do not. */
  #checkLine(type: number): void {
    const expected = type === NULL ? 0 : type === BOOLEAN ? 1 : undefined;
    if (expected !== undefined && this.#characters !== expected) throw noReply(type);
  }

  /** Checks a null of RESP2, which has length -1. */
  #checkNull(type: number): void {
    if ((type !== BULK && type !== ARRAY) || this.#length !== ONE - ZERO || this.#characters !== 2)
      throw noReply(MINUS);
  }

  #beginString(length: number): void {
    if (length > MAX_REPLY_BYTES) throw new Error(`announced a string of ${length} bytes`);
    this.#skip = length + 2;
  }

  #beginElements(count: number): void {
    this.#elements += count;
    if (this.#elements > MAX_ELEMENTS) throw new Error(`sent a reply of more than ${MAX_ELEMENTS} elements`);
    // One more, because the array itself ends like an element.
    if (count > 0) this.#open.push(count + 1);
    if (this.#open.length > MAX_DEPTH) throw new Error(`sent a reply nested more than ${MAX_DEPTH} deep`);
  }

  /** Ends an element, and each array whose last element it is. */
  #endElement(): void {
    for (;;) {
      const last = this.#open.length - 1;
      if (last < 0) break;
      const left = (this.#open[last] as number) - 1;
      this.#open[last] = left;
      if (left > 0) return;
      this.#open.pop();
    }
    this.#bytes = 0;
    this.#elements = 0;
  }
}

function noReply(byte: number): Error {
  return new Error(`sent what is no reply (byte ${byte})`);
}
