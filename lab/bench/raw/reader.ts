/** Decodes replies and pushes of a node (RESP3), limited to the types that the benchmark needs. */

export type Reply = string | number | null | Error | Reply[];

/** A complete message and the start of the next one; `undefined` while bytes are missing. */
type Parsed = { value: Reply; next: number } | undefined;

const CR = 13;
const ZERO = 48;
const MINUS = 45;
const NOTHING = Buffer.alloc(0);

export class Reader {
  #rest: Buffer = NOTHING;
  readonly #onReply: (reply: Reply) => void;
  readonly #onPush: (items: Reply[]) => void;

  constructor(onReply: (reply: Reply) => void, onPush: (items: Reply[]) => void) {
    this.#onReply = onReply;
    this.#onPush = onPush;
  }

  /** Reports every message that is complete with these bytes, in order. */
  take(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at < bytes.length) {
      const isPush = bytes[at] === 0x3e;
      const parsed = parse(bytes, at);
      if (!parsed) break;
      at = parsed.next;
      if (isPush) this.#onPush(parsed.value as Reply[]);
      else this.#onReply(parsed.value);
    }
    this.#rest = at === bytes.length ? NOTHING : bytes.subarray(at);
  }
}

function parse(bytes: Buffer, at: number): Parsed {
  const end = bytes.indexOf(CR, at);
  if (end === -1 || end + 2 > bytes.length) return undefined;
  const next = end + 2;
  switch (bytes[at]) {
    case 0x24: // $ bulk string
    case 0x3d: // = the same with its format before it, as INFO replies
      return parseBulk(bytes, toNumber(bytes, at + 1, end), next);
    case 0x2a: // * array
    case 0x3e: // > push
      return parseItems(bytes, toNumber(bytes, at + 1, end), next);
    case 0x25: // % map, as its keys and values in a row
      return parseItems(bytes, 2 * toNumber(bytes, at + 1, end), next);
    case 0x3a: // : number
      return { value: toNumber(bytes, at + 1, end), next };
    case 0x2d: // - error
      return { value: new Error(bytes.toString('latin1', at + 1, end)), next };
    case 0x5f: // _ null
      return { value: null, next };
    default: // + status
      return { value: bytes.toString('latin1', at + 1, end), next };
  }
}

function parseBulk(bytes: Buffer, length: number, start: number): Parsed {
  if (length < 0) return { value: null, next: start };
  const end = start + length;
  return end + 2 > bytes.length ? undefined : { value: bytes.toString('latin1', start, end), next: end + 2 };
}

function parseItems(bytes: Buffer, count: number, start: number): Parsed {
  const items: Reply[] = [];
  let next = start;
  for (let i = 0; i < count; i += 1) {
    const item = parse(bytes, next);
    if (!item) return undefined;
    items.push(item.value);
    next = item.next;
  }
  return { value: items, next };
}

function toNumber(bytes: Buffer, from: number, to: number): number {
  if (bytes[from] === MINUS) return -toNumber(bytes, from + 1, to);
  let number = 0;
  for (let i = from; i < to; i += 1) number = number * 10 + (bytes[i] as number) - ZERO;
  return number;
}
