/** Computes digests from values, for servers that deny their own. They are comparable only with each other. */
import { createHash } from 'node:crypto';
import type { Connection } from '../../../toolkit/node/connection.ts';
import { type Command, type Reply, ReplyError } from '../../../toolkit/node/resp.ts';
import { ABSENT } from './server-digests.ts';
import { type Element, isTypeChange, VALUE_TYPES, type ValueType } from './value-types.ts';

/** Values in flight. Together with `wholeUpTo` of each type, this bounds the memory. */
const VALUES_AT_ONCE = 100;

/** Makes the digest of a key that changed during the read unique, so that the key is read again. */
let changes = 0;

/** Returns the digest of each key's value, including its type; `ABSENT` for a missing key. @throws NodeError. */
export async function valueDigests(connection: Connection, keys: readonly Buffer[]): Promise<string[]> {
  const digests: string[] = [];
  for (let i = 0; i < keys.length; i += VALUES_AT_ONCE) {
    digests.push(...(await digestSome(connection, keys.slice(i, i + VALUES_AT_ONCE))));
  }
  return digests;
}

async function digestSome(connection: Connection, keys: readonly Buffer[]): Promise<string[]> {
  const names = (await checked(
    connection,
    keys.map((key) => ['TYPE', key]),
  )) as string[];
  const types = names.map((name) => VALUE_TYPES[name]);
  const sizes = await checked(
    connection,
    keys.map((key, i) => types[i]?.size(key) ?? ['EXISTS', key]),
  );
  const isSmall = (i: number) => Number(sizes[i]) <= (types[i]?.wholeUpTo ?? -1);
  const small = keys.flatMap((key, i) => (isSmall(i) ? [{ key, i }] : []));
  const values = await checked(
    connection,
    small.map(({ key, i }) => types[i]?.whole(key) ?? []),
  );
  const digests: string[] = [];
  for (const [j, { i }] of small.entries()) {
    digests[i] = digestWhole(names[i] ?? '', types[i], values[j] ?? null);
  }
  for (const [i, key] of keys.entries()) {
    digests[i] ??= await digestLarge(connection, names[i] ?? '', types[i], key);
  }
  return digests;
}

function digestWhole(name: string, type: ValueType | undefined, reply: Reply): string {
  if (type === undefined || isTypeChange(reply)) return changed();
  const digest = new ElementDigest(name, type.ordered);
  for (const element of type.elements(reply)) digest.add(element);
  return digest.end();
}

async function digestLarge(
  connection: Connection,
  name: string,
  type: ValueType | undefined,
  key: Buffer,
): Promise<string> {
  if (name === 'none') return ABSENT;
  if (type === undefined) return digestDump(connection, key);
  const digest = new ElementDigest(name, type.ordered);
  try {
    for await (const elements of type.chunks(connection, key)) {
      for (const element of elements) digest.add(element);
    }
  } catch (error) {
    if (isTypeChange(error)) return changed();
    throw error;
  }
  return digest.end();
}

/** A type of a module: only its serialized form can be compared. */
async function digestDump(connection: Connection, key: Buffer): Promise<string> {
  const dump = (await connection.call(['DUMP', key])) as Buffer | null;
  return dump === null ? ABSENT : createHash('sha1').update(dump).digest('hex');
}

async function checked(connection: Connection, commands: Command[]): Promise<Reply[]> {
  const replies = await connection.batch(commands);
  for (const [i, reply] of replies.entries()) {
    if (reply instanceof ReplyError && !isTypeChange(reply))
      throw connection.rejection(reply, commands[i] ?? []);
  }
  return replies;
}

function changed(): string {
  changes += 1;
  return `changed ${changes}`;
}

/** Combines elements in order, or, for types without an order, independently of their order. */
class ElementDigest {
  readonly #all = createHash('sha1');
  readonly #type: string;
  readonly #ordered: boolean;
  readonly #sum = new Uint32Array(5);
  #count = 0;

  constructor(type: string, ordered: boolean) {
    this.#all.update(type);
    this.#type = type;
    this.#ordered = ordered;
  }

  add(element: Element): void {
    this.#count += 1;
    const hash = this.#ordered ? this.#all : createHash('sha1');
    for (const part of element) {
      // The boundaries of a string's chunks have no meaning, but are the same on all nodes.
      hash.update(`${part.length}:`).update(part);
    }
    if (this.#ordered) return;
    const bytes = hash.digest();
    // Uses a sum instead of XOR, in which an element that occurs twice would cancel itself.
    for (let i = 0; i < 5; i++) this.#sum[i] = (this.#sum[i] ?? 0) + bytes.readUInt32LE(i * 4);
  }

  end(): string {
    // Only a stream can exist without elements. Any other key has just been deleted.
    if (this.#count === 0 && this.#type !== 'stream') return changed();
    return this.#all.update(this.#sum).digest('hex');
  }
}
