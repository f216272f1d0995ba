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
    const parts = [];
    for (const section of ['server', 'cpu', 'stats', 'commandstats']) {
      parts.push(String(await connection.call('INFO', section)));
    }
    return parseFacts(address, parts.join('\r\n'));
  } finally {
    connection.close();
  }
}

/** Reads the reply to INFO. */
export function parseFacts(address: string, info: string): NodeFacts {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
  return {
    address,
    runId: field('run_id'),
    version: field('redis_version'),
    cpuMicros: (Number(field('used_cpu_user')) + Number(field('used_cpu_sys'))) * 1e6,
    receivedBytes: Number(field('total_net_input_bytes')),
    gets: Number(/^cmdstat_get:calls=(\d+)/m.exec(info)?.[1] ?? 0),
  };
}
