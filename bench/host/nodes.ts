/** What a node says of itself. */
import { Connection } from '../raw/connection.ts';

export interface NodeFacts {
  address: string;
  /** Another process has another one. */
  runId: string;
  version: string;
  /** CPU time so far of all its threads, microseconds. */
  cpuMicros: number;
  /** Bytes that clients and peers have sent it so far. */
  receivedBytes: number;
  /** GET commands so far, whoever sent them. */
  gets: number;
}

/** Asks a node. @throws Error if it does not answer. */
export async function nodeFacts(address: string): Promise<NodeFacts> {
  const connection = await Connection.open(address);
  try {
    return factsOf(address, await infoOf(connection, ['server', 'cpu', 'stats', 'commandstats']));
  } finally {
    connection.close();
  }
}

/** Looks a field of INFO up; an empty text where there is none. */
type Field = (name: string) => string;

/** Asks for sections of INFO, one after the other. @throws Error if the node does not answer. */
export async function infoOf(connection: Connection, sections: readonly string[]): Promise<Field> {
  const parts: string[] = [];
  for (const section of sections) parts.push(String(await connection.call('INFO', section)));
  return fieldsOf(parts.join('\r\n'));
}

/** Reads the reply to INFO. */
export function fieldsOf(info: string): Field {
  return (name) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
}

/** What fields of INFO say. */
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
