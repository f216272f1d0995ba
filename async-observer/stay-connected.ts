/** Observes on one node after the other, forever: connect, observe until the node is lost, fail over. By promises. */
import { accessOf, STOP_GRACE_MS } from '../common/client-options.ts';
import type { Stop } from '../common/lifecycle.ts';
import type { Logger } from '../common/logger.ts';
import type { Metrics } from '../common/metrics.ts';
import { type Node, NodeRing } from '../common/nodes.ts';
import { Observations } from '../common/observations.ts';
import type { Settings } from '../common/settings.ts';
import { WriteNodes } from '../common/write-nodes.ts';
import { observe } from './observe.ts';
import { connected, eachNode, type Session } from './session.ts';
import { otherNode, sameNode } from './write-node.ts';

/** @throws SettingsError if the certificate authority cannot be read. */
export function stayConnected(settings: Settings, log: Logger, metrics?: Metrics): Stop {
  const access = accessOf(settings);
  const ring = new NodeRing(settings.KEYDB_NODES, settings.HOME_NODE);
  const observations = new Observations(settings, log);
  if (metrics) observations.exportTo(metrics);
  const writeNodes = new WriteNodes(settings, log);
  const [stop, cut] = [new AbortController(), new AbortController()];
  const ended = eachNode(
    ring,
    stop.signal,
    (node) =>
      connected(node, access, settings.KEY_CHANNEL === 'tracking', cut.signal, (session) =>
        observeOn(node, session),
      ),
    (node, error) => observations.logLost(node.name, error),
  );

  async function observeOn(node: Node, { client, lost }: Session): Promise<void> {
    observations.logConnected(node.name);
    const writeNode = writeNodes.has(node)
      ? sameNode(client, node.name)
      : otherNode(writeNodes, access, lost);
    const ends = { stopped: stop.signal, lost };
    for await (const _ of observe({ client, writeNode }, node.name, settings, observations, ends))
      ring.worked();
  }

  return async () => {
    stop.abort();
    setTimeout(() => cut.abort(), STOP_GRACE_MS).unref();
    await ended;
    observations.logSummary();
  };
}
