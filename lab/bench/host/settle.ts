/** Waits until nodes are idle, so that one sample does not pay for work of the previous one. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Connection } from '../../../toolkit/node/connection.ts';
import { readInfo } from '../../../toolkit/node/nodes.ts';
import { connect } from '../raw/connect.ts';
import type { Target } from './target.ts';

const POLL_MS = 25;
const DEADLINE_MS = 10_000;
/** Maximum bytes received between two polls of an idle node: pings and polls stay below it, writes do not. */
const QUIET_BYTES = 4_096;

/**
 * Waits until the nodes neither forward writes nor save a snapshot. The benchmark's own nodes save one first, so that
 * the next one is due only after the sample. A snapshot during a sample would use much of a core.
 * @throws Error if a node does not answer or does not become idle.
 */
export async function settle({ addresses, ownNodes }: Target): Promise<void> {
  await Promise.all(addresses.map((address) => settleNode(address, ownNodes)));
}

async function settleNode(address: string, saveFirst: boolean): Promise<void> {
  const connection = await connect(address);
  try {
    await untilAtRest(connection, address);
    if (!saveFirst) return;
    await connection.call(['BGSAVE']);
    await untilAtRest(connection, address);
  } finally {
    connection.close();
  }
}

async function untilAtRest(connection: Connection, address: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (let before = Number.NEGATIVE_INFINITY; ; await wait(POLL_MS)) {
    const { receivedBytes, saving } = await readInfo(connection, 'stats', 'persistence');
    if (receivedBytes - before < QUIET_BYTES && !saving) return;
    if (performance.now() > deadline)
      throw new Error(`${address} did not become idle within ${DEADLINE_MS} ms`);
    before = receivedBytes;
  }
}
