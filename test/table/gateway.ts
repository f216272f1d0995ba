/** Starts the gateway of the TABLE commands as a process. */
import { freePorts } from '../../toolkit/ports.ts';
import type { Scope } from '../helpers/ending.ts';
import { RunningService } from '../helpers/service.ts';

export interface Gateway {
  port: number;
  service: RunningService;
}

/**
 * Starts a gateway, and waits until it has a home node. By default, nodes have much time to answer, so that a busy machine does
 * not make them appear hung.
 * @param nodes in the format of KEYDB_NODES.
 */
export async function startGateway(
  t: Scope,
  nodes: string,
  env: Record<string, string> = {},
): Promise<Gateway> {
  const [port = 0] = await freePorts(1);
  const settings = { KEYDB_NODES: nodes, TABLE_PORT: `${port}`, NODE_TIMEOUT_MS: '10000', ...env };
  const service = new RunningService(t, 'table', settings);
  await service.events.first({ event: 'home' });
  return { port, service };
}
