/** Writes test data to a node and removes it. */
import type { Address } from '../../../toolkit/node/address.ts';
import type { Connection } from '../../../toolkit/node/connection.ts';
import { type Command, ReplyError } from '../../../toolkit/node/resp.ts';
import type { Progress } from '../../../toolkit/progress.ts';
import type { VerifyOptions } from '../run.ts';
import { LARGE_EVERY, testCommands, testKey } from './test-data.ts';

export interface TestData {
  /** Prefix of all keys. */
  prefix: string;
  keys: number;
  /** Start of all expiries, in Unix milliseconds. */
  now: number;
  largeEvery?: number;
}

const KEYS_AT_ONCE = 200;

/** Returns a prefix that is unique to this run. */
export function uniquePrefix(tool: string): string {
  return `${tool}:${Date.now().toString(36)}${process.pid.toString(36)}:`;
}

/** Returns the database that receives the test data. */
export function databaseOf(source: Address, { db }: VerifyOptions): string {
  return String(source.db ?? db ?? 0);
}

/** Writes the keys through one node, to the connection's database. @throws NodeError. */
export async function insertTestData(
  connection: Connection,
  data: TestData,
  progress: Progress,
): Promise<void> {
  const { prefix, keys, now, largeEvery = LARGE_EVERY } = data;
  progress.start(`inserting into ${connection.name}`, keys);
  await inBatches(keys, async (numbers) => {
    await sendAll(
      connection,
      numbers.flatMap((i) => testCommands(prefix, i, now, largeEvery)),
    );
    progress.add(numbers.length);
  });
}

/** Removes the keys that `insertTestData` wrote, even if it wrote only some of them. @throws NodeError. */
export async function removeTestData(
  connection: Connection,
  data: TestData,
  progress: Progress,
): Promise<void> {
  progress.start(`removing the test keys from ${connection.name}`, data.keys);
  await inBatches(data.keys, async (numbers) => {
    await sendAll(connection, [['DEL', ...numbers.map((i) => testKey(data.prefix, i))]]);
    progress.add(numbers.length);
  });
}

async function inBatches(count: number, work: (numbers: number[]) => Promise<void>): Promise<void> {
  for (let i = 0; i < count; i += KEYS_AT_ONCE) {
    await work(Array.from({ length: Math.min(KEYS_AT_ONCE, count - i) }, (_, j) => i + j));
  }
}

async function sendAll(connection: Connection, commands: Command[]): Promise<void> {
  const replies = await connection.batch(commands);
  for (const [i, reply] of replies.entries()) {
    if (reply instanceof ReplyError) throw connection.rejection(reply, commands[i] ?? []);
  }
}
