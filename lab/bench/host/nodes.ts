/** Reads the state of a node. */
import { callsOf, type Info } from '../../../toolkit/node/info.ts';
import { readInfo } from '../../../toolkit/node/nodes.ts';
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
    return factsOf(address, await readInfo(connection, 'server', 'cpu', 'stats', 'commandstats'));
  } finally {
    connection.close();
  }
}

/** Returns the facts of INFO. */
export function factsOf(address: string, info: Info): NodeFacts {
  return {
    address,
    runId: info.runId,
    version: info.version,
    cpuMicros: info.cpuSeconds * 1e6,
    receivedBytes: info.receivedBytes,
    gets: callsOf(info, 'get'),
  };
}
