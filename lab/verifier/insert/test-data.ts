/** Generates keys of every type and of several encodings. The same number always yields the same key. Pure. */
import type { Argument, Command } from '../../../toolkit/node/resp.ts';

/** One key in this many is large enough for its type's second encoding: hash table, skip list, long list. */
export const LARGE_EVERY = 100;
const LARGE_ELEMENTS = 600;
const SMALL_ELEMENTS = 5;
/** Longer than any run, but short enough that the leftovers of a killed run expire. */
const EXPIRY_MS = 3_600_000;

/** The commands that create one key. */
type Maker = (key: Buffer, i: number, elements: number, expiresAt: string) => Command[];

const MAKERS: readonly Maker[] = [
  (key, i, n) => [['SET', key, `value ${i} `.repeat(n)]],
  (key) => [['SET', key, '']],
  (key, i) => [['SET', key, everyByte(i)]],
  (key, i) => [['SET', key, String(i)]],
  (key, i, _, expiresAt) => [
    ['SET', key, `expires ${i}`],
    ['PEXPIREAT', key, expiresAt],
  ],
  (key, i, n) => [['HSET', key, ...numbered(n, (j) => [`field ${j}`, `value ${i} ${j}`])]],
  (key, i, n, expiresAt) => [
    [
      'HSET',
      key,
      ...numbered(n, (j) => [Buffer.from([0, j % 256, 255, j >> 8]), everyByte(i + j).subarray(0, 20)]),
    ],
    ['PEXPIREAT', key, expiresAt],
  ],
  (key, i, n) => [['RPUSH', key, ...numbered(n, (j) => [`item ${(i + j) % 7}`])]],
  (key, i, n) => [['RPUSH', key, ...numbered(n, (j) => [String(i * j)])]],
  (key, i, n) => [['SADD', key, ...numbered(n, (j) => [String(i + j)])]],
  (key, i, n) => [['SADD', key, ...numbered(n, (j) => [`member ${i} ${j}`])]],
  (key, i, n) => [['ZADD', key, ...numbered(n, (j) => [String((i + j) / 10), `member ${j}`])]],
  (key, i) => [['ZADD', key, 'inf', 'last', '-inf', 'first', '1e-300', `tiny ${i}`]],
  (key, i, n) => numbered(n, (j) => [['XADD', key, `${j + 1}-${i}`, 'field', `value ${j}`, 'empty', '']]),
];

/** Returns the name of the key with this number. Every tenth name is binary. */
export function testKey(prefix: string, i: number): Buffer {
  return i % 10 === 9
    ? Buffer.concat([Buffer.from(`${prefix}${i}:`), Buffer.from([0, 13, 10, 255])])
    : Buffer.from(`${prefix}${i}`);
}

/**
 * Returns the commands that create the key with this number.
 * @param now start of expiries, in Unix milliseconds.
 * @param largeEvery one key in this many is large.
 */
export function testCommands(prefix: string, i: number, now: number, largeEvery = LARGE_EVERY): Command[] {
  // Shifted in each cycle, so that each type gets large keys.
  const large = i % largeEvery === largeEvery - 1;
  const maker = MAKERS[(large ? Math.floor(i / largeEvery) : i) % MAKERS.length];
  return (
    maker?.(testKey(prefix, i), i, large ? LARGE_ELEMENTS : SMALL_ELEMENTS, String(now + EXPIRY_MS + i)) ?? []
  );
}

function everyByte(start: number): Buffer {
  return Buffer.from(Array.from({ length: 256 }, (_, i) => (start + i) % 256));
}

function numbered<T extends Argument | Command>(count: number, make: (j: number) => T[]): T[] {
  return Array.from({ length: count }, (_, j) => make(j)).flat() as T[];
}
