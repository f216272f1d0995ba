/** Works with one node after the other, forever: connect, observe until the node is lost, fail over. By callbacks. */
import type { Redis } from 'ioredis';
import { type Access, accessOf, noAnswer, STOP_GRACE_MS } from '../common/client-options.ts';
import { ioredisClient } from '../common/ioredis-client.ts';
import type { Stop } from '../common/lifecycle.ts';
import type { Logger } from '../common/logger.ts';
import { type Node, NodeRing } from '../common/nodes.ts';
import { Observations } from '../common/observations.ts';
import type { Settings } from '../common/settings.ts';
import type { Connections } from './notifications.ts';
import { observe } from './observe.ts';

type StopByCallback = (done: () => void) => void;

/** @throws SettingsError if the certificate authority cannot be read. */
export function stayConnected(settings: Settings, log: Logger): Stop {
  const access = accessOf(settings);
  const ring = new NodeRing(settings.KEYDB_NODES, settings.HOME_NODE);
  const observations = new Observations(settings, log);
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
    let stopping = false;
    const connections = connect(node, access, settings.KEY_CHANNEL === 'tracking', {
      onReady: () => {
        observations.logConnected(node.name);
        stopObserving = observe(connections, node.name, settings, observations, {
          onObserved: () => ring.worked(),
          onError: connections.lose,
        });
      },
      onLost: (error) => {
        // The commands in flight fail now, which ends the stop.
        if (stopping) return;
        stopObserving(() => {});
        observations.logLost(node.name, error);
        next();
      },
    });
    stopStep = (done) => {
      stopping = true;
      const cut = setTimeout(connections.close, STOP_GRACE_MS);
      stopObserving(() => {
        clearTimeout(cut);
        connections.close();
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

interface Session extends Connections {
  /** Ends the session as a loss of the node. */
  lose(error: Error): void;
  /** Ends the session without a call back. */
  close(): void;
}

/** Opens the connections to a node, lost together. Calls back once all are ready, and once when the node is lost. */
function connect(
  node: Node,
  access: Access,
  tracking: boolean,
  { onReady, onLost }: { onReady(): void; onLost(error: Error): void },
): Session {
  const client = ioredisClient(node, access);
  const notified = tracking ? ioredisClient(node, access, 2) : client;
  const clients = new Set([client, notified]);
  let waiting = clients.size;
  let ended = false;

  const close = () => {
    ended = true;
    for (const timer of timers) clearTimeout(timer);
    for (const one of clients) one.disconnect();
  };
  const lose = (error: Error) => {
    if (ended) return;
    close();
    onLost(error);
  };
  const timers = [...clients].flatMap((one) => watch(one, access, lose));
  for (const one of clients) {
    one.on('ready', () => {
      waiting -= 1;
      if (waiting === 0 && !ended) onReady();
    });
  }
  return { client, notified, lose, close };
}

/** Reports the loss of a connection. @returns the timers to clear at its end. */
function watch(client: Redis, access: Access, lose: (error: Error) => void): NodeJS.Timeout[] {
  // Also when the library would continue: after an unsolicited reply it matches each later reply to the wrong command.
  client.on('error', lose);
  client.on('end', () => lose(new Error('the connection was closed')));
  const deadline = setTimeout(() => lose(noAnswer(access)), access.answerTimeoutMs);
  const ping = () => client.ping((error) => error ?? deadline.refresh());
  return [deadline, setInterval(ping, access.pingIntervalMs)];
}
