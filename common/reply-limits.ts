/**
 * What a node may send, checked before a client library decodes it. Both libraries keep whatever has arrived of a reply,
 * and reserve what its lengths promise: a node that is broken, or is none, would otherwise take all memory with one bulk
 * string without end or, in 500 bytes, with nested arrays of 30 million.
 */

/** Thousands of times what a value of ours may be, and room for any that a stranger would set in good faith. */
export const MAX_REPLY_BYTES = 8 * 2 ** 20;
/** In all arrays, maps, sets of one reply. HELLO has the most of what the services ask for: about 20. */
export const MAX_ELEMENTS = 10_000;
/** Of arrays in arrays; HELLO has 3. Decoding recurses. */
export const MAX_DEPTH = 16;
/** Fits any length within the limits. */
const MAX_DIGITS = 16;

const [CR, LF, MINUS, ZERO, NINE, ONE] = [13, 10, 45, 48, 57, 49];
/** What stands in one line; what is followed by as many bytes; what is followed by as many elements. */
const [LINE, BYTES, ELEMENTS] = [1, 2, 3];
const KINDS = new Uint8Array(256);
for (const type of '+-:_#') KINDS[type.charCodeAt(0)] = LINE;
for (const type of '$!=') KINDS[type.charCodeAt(0)] = BYTES;
for (const type of '*~>%') KINDS[type.charCodeAt(0)] = ELEMENTS;
const [NULL, BOOLEAN, BULK, VERBATIM, ARRAY, MAP] = Array.from('_#$=*%', (type) => type.charCodeAt(0));
/** A verbatim string begins with its format, as `txt:`. */
const FORMAT_BYTES = 4;

/** Follows the replies of one connection. It keeps counts and no bytes, so nothing that a node sends makes it grow. */
export class ReplyLimits {
  /** Of the element that has begun: its type, or 0; the length that it states; how many characters its line has. */
  #type = 0;
  #length = 0;
  #negative = false;
  #characters = 0;
  /** The line's CR is there, its LF is not. */
  #ending = false;
  /** Bytes of a string, and its line end, that are still to come. */
  #skip = 0;
  /** Elements still to come, of each array that has begun. */
  readonly #open: number[] = [];
  #elements = 0;
  #bytes = 0;
  #failure: Error | undefined;

  /** Whether what comes next begins a reply. */
  get between(): boolean {
    return this.#type === 0 && this.#skip === 0 && this.#open.length === 0;
  }

  /** @returns the chunk. @throws Error if what has arrived breaks a limit or is no reply; from then on always. */
  pass(chunk: Buffer): Buffer {
    for (let at = 0; at < chunk.length; ) at = this.follow(chunk, at);
    return chunk;
  }

  /**
   * Goes on from `at` to the end of the reply that is under way or begins there, or of the chunk if that is sooner.
   * @throws Error as `pass` does.
   */
  follow(chunk: Buffer, at: number): number {
    if (this.#failure) throw this.#failure;
    try {
      return this.#reply(chunk, at);
    } catch (error) {
      this.#failure = error as Error;
      throw error;
    }
  }

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
    } while (!this.between && at < chunk.length);
    return at;
  }

  /** Reads a line, or what is there of it. @returns where to go on. */
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

  /** The libraries take these lines to be as long as they should be. */
  #checkLine(type: number): void {
    const expected = type === NULL ? 0 : type === BOOLEAN ? 1 : undefined;
    if (expected !== undefined && this.#characters !== expected) throw noReply(type);
  }

  /** Version 2 has nulls of length -1. */
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
    // One more, for the array itself ends as an element does.
    if (count > 0) this.#open.push(count + 1);
    if (this.#open.length > MAX_DEPTH) throw new Error(`sent a reply nested more than ${MAX_DEPTH} deep`);
  }

  /** An element is complete, and with it perhaps the arrays in which it is the last. */
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
