/** Sends statements or plain commands, and measures each call, or how many calls per second are answered. */
import type { Connection } from '../../../toolkit/node/connection.ts';
import { encode, ReplyError } from '../../../toolkit/node/resp.ts';
import { monotonicMicros } from '../raw/clock.ts';
import { connect } from '../raw/connect.ts';
import { type Heads, isExpected, requestOf, type Statement } from './statements.ts';

export interface CallsTask {
  address: string;
  heads?: Heads;
  statement: Statement;
  table: string;
  /** The numbers of the rows, one for each call. */
  numbers: readonly number[];
  connections: number;
  /** Calls in flight on each connection: 1, or an even number. */
  inFlight: number;
}

export interface Calls {
  calls: number;
  /** Time from the first request to the last reply. */
  seconds: number;
  /** Duration of each call in microseconds; empty if several are in flight. */
  micros: number[];
}

interface Batch {
  bytes: string;
  count: number;
}

/** Open connections by address. They stay open, so that a measurement does not include their start. */
const open = new Map<string, Connection[]>();

/** @throws Error if a reply is not that of a successful statement. */
export async function calls(task: CallsTask): Promise<Calls> {
  const { address, statement, heads, numbers, inFlight } = task;
  const connections = await connectionsTo(address, task.connections);
  // With several calls in flight, each connection has two batches in flight, so that it is never idle.
  const chains = inFlight === 1 ? 1 : 2;
  const batches = batchesOf(task, inFlight / chains).values();
  const micros: number[] = [];

  async function chain(connection: Connection): Promise<void> {
    for (const { bytes, count } of batches) {
      const sent = monotonicMicros();
      const replies = await connection.exchange(bytes, count);
      if (inFlight === 1) micros.push(monotonicMicros() - sent);
      for (const reply of replies) {
        if (isExpected(statement, heads === undefined, reply)) continue;
        throw new Error(
          `${statement} on ${address} got ${reply instanceof ReplyError ? reply.message : reply}`,
        );
      }
    }
  }

  const start = monotonicMicros();
  await Promise.all(
    connections.flatMap((connection) => Array.from({ length: chains }, () => chain(connection))),
  );
  return { calls: numbers.length, seconds: (monotonicMicros() - start) / 1e6, micros };
}

export function closeCalls(): void {
  for (const connections of open.values()) for (const connection of connections) connection.close();
  open.clear();
}

/** Encodes all requests before the measurement. */
function batchesOf({ statement, heads, table, numbers }: CallsTask, size: number): Batch[] {
  return Array.from({ length: Math.ceil(numbers.length / size) }, (_, i) => {
    const part = numbers.slice(i * size, (i + 1) * size);
    return { bytes: encode(part.map((n) => requestOf(statement, heads, table, n))), count: part.length };
  });
}

async function connectionsTo(address: string, count: number): Promise<Connection[]> {
  const connections = open.get(address) ?? [];
  open.set(address, connections);
  while (connections.length < count) connections.push(await connect(address));
  return connections.slice(0, count);
}
