/** Reads the state of a node. */
import type { Connection } from '../../../toolkit/node/connection.ts';
import { connect } from '../raw/connect.ts';

export interface NodeFacts {
  address: string;
  /** Unique per process. */
  runId: string;
  version: string;
  /** CPU time of all its threads so far, in microseconds. */
  cpuMicros: number;
  /** Bytes received from clients and peers so far. */
  receivedBytes: number;
  /** GET commands of all clients so far. */
  gets: number;
}

/** Reads a node's state. @throws Error if it does not answer. */
export async function nodeFacts(address: string): Promise<NodeFacts> {
  const connection = await connect(address);
  try {
    return factsOf(address, await infoOf(connection, ['server', 'cpu', 'stats', 'commandstats']));
  } finally {
    connection.close();
  }
}

/** Returns a field of INFO; an empty text if it is missing. */
type Field = (name: string) => string;

/** Reads sections of INFO, one after another. @throws Error if the node does not answer. */
export async function infoOf(connection: Connection, sections: readonly string[]): Promise<Field> {
  const parts: string[] = [];
  for (const section of sections) parts.push(String(await connection.call(['INFO', section])));
  return fieldsOf(parts.join('\r\n'));
}

/** Parses the reply to INFO. */
export function fieldsOf(info: string): Field {
  return (name) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
}

/** Converts fields of INFO. */
export function factsOf(address: string, field: Field): NodeFacts {
  return {
    address,
    runId: field('run_id'),
    version: field('redis_version'),
    cpuMicros: (Number(field('used_cpu_user')) + Number(field('used_cpu_sys'))) * 1e6,
    receivedBytes: Number(field('total_net_input_bytes')),
    gets: Number(/^calls=(\d+)/.exec(field('cmdstat_get'))?.[1] ?? 0),
  };
}
