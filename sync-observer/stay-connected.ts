/** Works with one node after the other, forever: connect, observe until the node is lost, fail over. By callbacks. */
import { accessOf, STOP_GRACE_MS } from '../common/client-options.ts';
import type { Stop } from '../common/lifecycle.ts';
import type { Logger } from '../common/logger.ts';
import type { Metrics } from '../common/metrics.ts';
import { type Node, NodeRing } from '../common/nodes.ts';
import { Observations } from '../common/observations.ts';
import type { Settings } from '../common/settings.ts';
import { WriteNodes } from '../common/write-nodes.ts';
import { observe } from './observe.ts';
import { connect } from './session.ts';
import { otherNode, sameNode, type WriteNode } from './write-node.ts';

type StopByCallback = (done: () => void) => void;

/** @throws SettingsError if the certificate authority cannot be read. */
export function stayConnected(settings: Settings, log: Logger, metrics?: Metrics): Stop {
  const access = accessOf(settings);
  const ring = new NodeRing(settings.KEYDB_NODES, settings.HOME_NODE);
  const observations = new Observations(settings, log);
  if (metrics) observations.exportTo(metrics);
  const writeNodes = new WriteNodes(settings, log);
  let stopStep: StopByCallback;
  next();

  function next(): void {
    const { node, waitMs } = ring.next();
    const timer = setTimeout(() => connectAndObserve(node), waitMs);
    stopStep = (done) => {
      clearTimeout(timer);
      done();
    };
  }

  function connectAndObserve(node: Node): void {
    let stopObserving: StopByCallback = (done) => done();
    let writeNode: WriteNode | undefined;
    let stopping = false;
    const session = connect(node, access, settings.KEY_CHANNEL === 'tracking', {
      onReady: () => {
        observations.logConnected(node.name);
        writeNode = writeNodes.has(node)
          ? sameNode(session.client, node.name)
          : otherNode(writeNodes, access);
        stopObserving = observe({ ...session, writeNode }, node.name, settings, observations, {
          onObserved: () => ring.worked(),
          onError: session.lose,
        });
      },
      onLost: (error) => {
        // The commands in flight fail now, which ends the stop.
        if (stopping) return;
        stopObserving(() => {});
        writeNode?.close();
        observations.logLost(node.name, error);
        next();
      },
    });
    const close = () => {
      session.close();
      writeNode?.close();
    };
    stopStep = (done) => {
      stopping = true;
      const cut = setTimeout(close, STOP_GRACE_MS);
      stopObserving(() => {
        clearTimeout(cut);
        close();
        done();
      });
    };
  }

  return (done) =>
    stopStep(() => {
      observations.logSummary();
      done();
    });
}
