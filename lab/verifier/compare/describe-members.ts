/** Finds where two hashes, sets, or sorted sets differ: looks up each member of one in the other. */
import type { Connection } from '../../../toolkit/node/connection.ts';
import { type Command, type Reply, ReplyError } from '../../../toolkit/node/resp.ts';
import { printableCut } from '../../../toolkit/printable.ts';
import { type Element, plainScore, VALUE_TYPES } from '../read/value-types.ts';
import type { DifferenceList } from '../report/findings.ts';
import type { Sides } from './describe-sequences.ts';

interface KeyedType {
  /** Name of a member. */
  word: string;
  lookUp: (key: Buffer, member: Buffer) => Command;
  /** Returns the value of a member from the reply; `undefined` if the member is missing. */
  found: (reply: Reply) => Buffer | undefined;
}

const PRESENT = Buffer.from('present');

const KEYED_TYPES: Readonly<Record<string, KeyedType>> = {
  hash: {
    word: 'field',
    lookUp: (key, member) => ['HGET', key, member],
    found: (reply) => (reply === null ? undefined : (reply as Buffer)),
  },
  set: {
    word: 'member',
    lookUp: (key, member) => ['SISMEMBER', key, member],
    found: (reply) => (reply === 1 ? PRESENT : undefined),
  },
  zset: {
    word: 'member',
    lookUp: (key, member) => ['ZSCORE', key, member],
    found: (reply) => (reply === null ? undefined : plainScore(reply as Buffer)),
  },
};

export function isKeyedType(type: string): boolean {
  return type in KEYED_TYPES;
}

/** Adds the differences to `found`. @throws NodeError. */
export async function describeMembers(
  { source, replica }: Sides,
  type: string,
  key: Buffer,
  found: DifferenceList,
): Promise<void> {
  const keyed = KEYED_TYPES[type];
  const value = VALUE_TYPES[type];
  if (keyed === undefined || value === undefined) return;
  for await (const elements of value.chunks(source, key)) {
    const others = await lookUpAll(replica, keyed, key, elements);
    for (const [i, [member = PRESENT, here = PRESENT]] of elements.entries()) {
      const there = others[i];
      if (there !== undefined && here.equals(there)) continue;
      found.add(
        `${keyed.word} ${printableCut(member)}`,
        printableCut(here),
        there ? printableCut(there) : null,
      );
    }
  }
  for await (const elements of value.chunks(replica, key)) {
    const others = await lookUpAll(source, keyed, key, elements);
    for (const [i, [member = PRESENT, here = PRESENT]] of elements.entries()) {
      if (others[i] === undefined)
        found.add(`${keyed.word} ${printableCut(member)}`, null, printableCut(here));
    }
  }
}

async function lookUpAll(
  connection: Connection,
  { lookUp, found }: KeyedType,
  key: Buffer,
  elements: readonly Element[],
): Promise<(Buffer | undefined)[]> {
  const commands = elements.map(([member = PRESENT]) => lookUp(key, member));
  const replies = await connection.batch(commands);
  return replies.map((reply, i) => {
    if (reply instanceof ReplyError) throw connection.rejection(reply, commands[i] ?? []);
    return found(reply);
  });
}
