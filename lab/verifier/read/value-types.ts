/** Defines how to read each type: its size, all elements at once, or chunks that keep memory bounded. */
import type { Connection } from '../../../toolkit/node/connection.ts';
import { NodeError } from '../../../toolkit/node/errors.ts';
import { type Command, type Reply, ReplyError } from '../../../toolkit/node/resp.ts';

/** One part of a value: an item, a member, `[field, value]`, `[member, score]`, `[id, field, value, …]`. */
export type Element = Buffer[];

export interface ValueType {
  /** Whether the order of the elements is part of the value. */
  ordered: boolean;
  size: (key: Buffer) => Command;
  whole: (key: Buffer) => Command;
  /** Returns the elements in a reply to `whole`. */
  elements: (reply: Reply) => Element[];
  /** Yields the elements in chunks, for a value that is too large for memory. */
  chunks: (connection: Connection, key: Buffer) => AsyncGenerator<Element[]>;
  /** Maximum size for one read of the whole value: bytes of a string, elements of other types. */
  wholeUpTo: number;
}

/** Bytes of a string per read. */
export const STRING_CHUNK = 256 * 1024;
/** Elements of a collection per read. */
export const CHUNK = 500;
const FEW_ELEMENTS = 128;

export const VALUE_TYPES: Readonly<Record<string, ValueType>> = {
  string: {
    ordered: true,
    size: (key) => ['STRLEN', key],
    whole: (key) => ['GET', key],
    elements: (reply) => (reply === null ? [] : [[reply as Buffer]]),
    chunks: (connection, key) =>
      byRange(async (start) => {
        const part = await connection.call(['GETRANGE', key, `${start}`, `${start + STRING_CHUNK - 1}`]);
        return { elements: [[part as Buffer]], read: (part as Buffer).length, full: STRING_CHUNK };
      }),
    wholeUpTo: 4096,
  },
  list: {
    ordered: true,
    size: (key) => ['LLEN', key],
    whole: (key) => ['LRANGE', key, '0', '-1'],
    elements: groupsOf(1),
    chunks: (connection, key) => indexChunks(connection, (from, to) => ['LRANGE', key, from, to], 1),
    wholeUpTo: FEW_ELEMENTS,
  },
  hash: {
    ordered: false,
    size: (key) => ['HLEN', key],
    whole: (key) => ['HGETALL', key],
    elements: groupsOf(2),
    chunks: (connection, key) => cursorChunks(connection, 'HSCAN', key, 2),
    wholeUpTo: FEW_ELEMENTS,
  },
  set: {
    ordered: false,
    size: (key) => ['SCARD', key],
    whole: (key) => ['SMEMBERS', key],
    elements: groupsOf(1),
    chunks: (connection, key) => cursorChunks(connection, 'SSCAN', key, 1),
    wholeUpTo: FEW_ELEMENTS,
  },
  zset: {
    ordered: false,
    size: (key) => ['ZCARD', key],
    whole: (key) => ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
    elements: (reply) => groupsOf(2)(reply).map(withPlainScore),
    async *chunks(connection, key) {
      const ranges = indexChunks(connection, (from, to) => ['ZRANGE', key, from, to, 'WITHSCORES'], 2);
      for await (const elements of ranges) yield elements.map(withPlainScore);
    },
    wholeUpTo: FEW_ELEMENTS,
  },
  stream: {
    ordered: true,
    size: (key) => ['XLEN', key],
    whole: (key) => ['XRANGE', key, '-', '+'],
    elements: streamEntries,
    chunks: streamChunks,
    wholeUpTo: FEW_ELEMENTS,
  },
};

/** Normalizes numbers, because servers format the same number differently (0.1, 0.10000000000000001). */
export function plainScore(score: Buffer): Buffer {
  const text = score.toString('latin1');
  const value = Number(text);
  return Number.isNaN(value) ? score : Buffer.from(Object.is(value, -0) ? '-0' : String(value));
}

function withPlainScore([member, score]: Element): Element {
  return member && score ? [member, plainScore(score)] : [];
}

function groupsOf(size: number): (reply: Reply) => Element[] {
  return (reply) => {
    const items = reply as Buffer[];
    const groups: Element[] = [];
    for (let i = 0; i < items.length; i += size) groups.push(items.slice(i, i + size));
    return groups;
  };
}

function streamEntries(reply: Reply): Element[] {
  return (reply as [Buffer, Buffer[]][]).map(([id, fields]) => [id, ...(fields ?? [])]);
}

async function* byRange(
  read: (start: number) => Promise<{ elements: Element[]; read: number; full: number }>,
): AsyncGenerator<Element[]> {
  for (let start = 0; ; ) {
    const { elements, read: got, full } = await read(start);
    if (got > 0) yield elements;
    if (got < full) return;
    start += got;
  }
}

function indexChunks(
  connection: Connection,
  range: (from: string, to: string) => Command,
  size: number,
): AsyncGenerator<Element[]> {
  return byRange(async (start) => {
    const elements = groupsOf(size)(await connection.call(range(`${start}`, `${start + CHUNK - 1}`)));
    return { elements, read: elements.length, full: CHUNK };
  });
}

async function* cursorChunks(
  connection: Connection,
  command: string,
  key: Buffer,
  size: number,
): AsyncGenerator<Element[]> {
  let cursor: Buffer | string = '0';
  do {
    const reply: Reply = await connection.call([command, key, cursor, 'COUNT', String(CHUNK)]);
    const [next, items] = reply as [Buffer, Buffer[]];
    yield groupsOf(size)(items);
    cursor = next.toString('latin1');
  } while (cursor !== '0');
}

async function* streamChunks(connection: Connection, key: Buffer): AsyncGenerator<Element[]> {
  let from = '-';
  for (;;) {
    const entries = streamEntries(await connection.call(['XRANGE', key, from, '+', 'COUNT', String(CHUNK)]));
    if (entries.length > 0) yield entries;
    if (entries.length < CHUNK) return;
    from = idAfter(entries.at(-1)?.[0]?.toString('latin1') ?? '');
  }
}

/** Returns the next stream id, because older servers do not support exclusive ranges. */
function idAfter(id: string): string {
  const [time = '', sequence = ''] = id.split('-');
  return `${time}-${BigInt(sequence) + 1n}`;
}

/** Returns whether an error only means that a concurrent write changed the key's type. */
export function isTypeChange(failure: unknown): boolean {
  return (failure instanceof ReplyError || failure instanceof NodeError) && failure.code === 'WRONGTYPE';
}
