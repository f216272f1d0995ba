/** Finds where two strings, lists, or streams differ: reads both in parallel from the start. */
import type { Connection } from '../../../toolkit/node/connection.ts';
import { printableCut } from '../../../toolkit/printable.ts';
import { type Element, STRING_CHUNK, VALUE_TYPES } from '../read/value-types.ts';
import type { DifferenceList } from '../report/findings.ts';

/** The connections to the two nodes that are compared. */
export interface Sides {
  source: Connection;
  replica: Connection;
}

/** Bytes shown before and after the first different byte. */
const BEFORE = 8;
const AFTER = 32;

/** Adds the first different byte to `found`, and the lengths if they differ. @throws NodeError. */
export async function describeString(
  { source, replica }: Sides,
  key: Buffer,
  found: DifferenceList,
): Promise<void> {
  const lengths = (await Promise.all([source.call(['STRLEN', key]), replica.call(['STRLEN', key])])) as [
    number,
    number,
  ];
  for (let start = 0; start < Math.max(...lengths); start += STRING_CHUNK) {
    const range = ['GETRANGE', key, `${start}`, `${start + STRING_CHUNK - 1}`];
    const [one, other] = (await Promise.all([source.call(range), replica.call(range)])) as [Buffer, Buffer];
    if (one.equals(other)) continue;
    const at = firstDifference(one, other);
    const from = Math.max(0, at - BEFORE);
    const show = (bytes: Buffer) => {
      const part = printableCut(bytes.subarray(from, at + AFTER));
      return `${start + from > 0 ? '…' : ''}${part}${at + AFTER < bytes.length ? '…' : ''}`;
    };
    found.add(`byte ${start + at}`, show(one), show(other));
    break;
  }
  if (lengths[0] !== lengths[1]) found.add('length', `${lengths[0]}`, `${lengths[1]}`);
}

function firstDifference(one: Buffer, other: Buffer): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}

/** Adds each different index to `found`, and the lengths if they differ. @throws NodeError. */
export async function describeList(
  { source, replica }: Sides,
  key: Buffer,
  found: DifferenceList,
): Promise<void> {
  const one = elementsOf(source, 'list', key);
  const other = elementsOf(replica, 'list', key);
  const lengths = [0, 0];
  for (let index = 0; ; index++) {
    const [here, there] = [(await one.next()).value, (await other.next()).value] as (Element | undefined)[];
    if (here) lengths[0] = index + 1;
    if (there) lengths[1] = index + 1;
    if (!here && !there) break;
    if (!same(here, there)) found.add(`index ${index}`, show(here), show(there));
  }
  if (lengths[0] !== lengths[1]) found.add('length', `${lengths[0]}`, `${lengths[1]}`);
}

/** Adds each entry to `found` that differs or exists on one side only. @throws NodeError. */
export async function describeStream(
  { source, replica }: Sides,
  key: Buffer,
  found: DifferenceList,
): Promise<void> {
  const one = elementsOf(source, 'stream', key);
  const other = elementsOf(replica, 'stream', key);
  let here = (await one.next()).value as Element | undefined;
  let there = (await other.next()).value as Element | undefined;
  while (here || there) {
    const order = compareIds(here, there);
    if (!same(here, there)) {
      const [id] = (order <= 0 ? here : there) ?? [];
      found.add(
        `entry ${id?.toString('latin1')}`,
        order <= 0 ? show(here?.slice(1)) : null,
        order >= 0 ? show(there?.slice(1)) : null,
      );
    }
    if (order <= 0) here = (await one.next()).value as Element | undefined;
    if (order >= 0) there = (await other.next()).value as Element | undefined;
  }
}

async function* elementsOf(connection: Connection, type: string, key: Buffer): AsyncGenerator<Element> {
  for await (const elements of VALUE_TYPES[type]?.chunks(connection, key) ?? []) yield* elements;
}

/** Returns a negative number if the first entry comes first. Any entry comes before the end of the stream. */
function compareIds(one: Element | undefined, other: Element | undefined): number {
  if (!one?.[0] || !other?.[0]) return one ? -1 : 1;
  const [a, b] = [one[0], other[0]].map((id) => id.toString('latin1').split('-').map(BigInt));
  for (const i of [0, 1]) {
    const [x = 0n, y = 0n] = [a?.[i], b?.[i]];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

function same(one: Element | undefined, other: Element | undefined): boolean {
  if (!one || !other || one.length !== other.length) return one === other;
  return one.every((part, i) => other[i]?.equals(part));
}

function show(element: Element | undefined): string | null {
  return element === undefined ? null : element.map((part) => printableCut(part)).join(' ');
}
