/** One node after the other, for ever: connect, observe until the node is lost, go on with the next. By callbacks. */
import { accessOf, noAnswer, STOP_GRACE_MS } from '../common/client-options.ts';
import { conflateNotifications } from '../common/decoders.ts';
import { ioredisClient } from '../common/ioredis-client.ts';
import type { Stop } from '../common/lifecycle.ts';
import type { Logger } from '../common/logger.ts';
import { type Node, NodeRing } from '../common/nodes.ts';
import { Observations } from '../common/observations.ts';
import type { Settings } from '../common/settings.ts';
import { observe } from './observe.ts';

type StopByCallback = (done: () => void) => void;

/** @throws SettingsError if the certificate authority cannot be read. */
export function stayConnected(settings: Settings, log: Logger): Stop {
  conflateNotifications();
  const access = accessOf(settings);
  const ring = new NodeRing(settings.KEYDB_NODES, settings.HOME_NODE);
  const observations = new Observations(settings, log);
  let stopStep: StopByCallback;
  goOn();

  function goOn(): void {
    const { node, waitMs } = ring.next();
    const timer = setTimeout(() => connectAndObserve(node), waitMs);
    stopStep = (done) => {
      clearTimeout(timer);
      done();
    };
  }

  function connectAndObserve(node: Node): void {
    const client = ioredisClient(node, access);
    const deadline = setTimeout(() => client.emit('error', noAnswer(access)), access.answerTimeoutMs);
    const ping = setInterval(
      () => client.ping((error) => error ?? deadline.refresh()),
      access.pingIntervalMs,
    );
    let stopObserving: StopByCallback = (done) => done();
    let lost: Error | undefined;

    // Also when the library would go on, as after a reply that nobody asked for: each later one is then another's.
    client.on('error', (error) => {
      lost ??= error;
      client.disconnect();
    });
    client.on('ready', () => {
      observations.logConnected(node.name);
      stopObserving = observe(client, node.name, settings, observations, {
        onObserved: () => ring.worked(),
        onError: (error) => client.emit('error', error),
      });
    });
    client.on('end', () => {
      clearInterval(ping);
      clearTimeout(deadline);
      observations.logLost(node.name, lost ?? new Error('the connection was closed'));
      goOn();
    });
    stopStep = (done) => {
      client.removeAllListeners('end');
      const cut = setTimeout(() => client.disconnect(), STOP_GRACE_MS);
      stopObserving(() => {
        clearInterval(ping);
        clearTimeout(deadline);
        clearTimeout(cut);
        client.disconnect();
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
