/** Works with one node after the other, forever: connect, write and watch until the node is lost, fail over. */
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { type Access, accessOf, noAnswer, STOP_GRACE_MS } from '../common/client-options.ts';
import { systemClock } from '../common/clock.ts';
import { ConnectionLog } from '../common/connection-log.ts';
import { ioredisClient } from '../common/ioredis-client.ts';
import type { Stop } from '../common/lifecycle.ts';
import type { Logger } from '../common/logger.ts';
import { LostNode, orLost } from '../common/lost-node.ts';
import type { Metrics } from '../common/metrics.ts';
import { type Node, NodeRing } from '../common/nodes.ts';
import type { Settings } from '../common/settings.ts';
import type { Value } from '../common/value.ts';
import { findOwnValues } from './find-own-values.ts';
import { History } from './history.ts';
import { Interval } from './interval.ts';
import { exportWriter } from './metrics.ts';
import { Watch } from './watch.ts';
import { type WriteContext, type WriteCounts, writePaced } from './write.ts';

/** @throws SettingsError if the certificate authority cannot be read. */
export function stayConnected(settings: Settings, log: Logger, metrics?: Metrics): Stop {
  const aborter = new AbortController();
  const ended = workForever(settings, accessOf(settings), log, aborter.signal, metrics);
  return async () => {
    aborter.abort();
    await ended;
  };
}

async function workForever(
  settings: Settings,
  access: Access,
  log: Logger,
  signal: AbortSignal,
  metrics?: Metrics,
): Promise<void> {
  const { SERVICE_NAME: service, SHARED_KEY, KEYDB_NODES, WRITE_NODES, HOME_NODE } = settings;
  const ring = new NodeRing(WRITE_NODES, HOME_NODE);
  const history = new History(service, systemClock, settings.VALUE_FORMAT);
  const connections = new ConnectionLog(settings, log);
  const interval = new Interval(settings, log);
  // A signal also reaches a writer in a container: docker compose kill -s USR2 writer.
  process.on('SIGUSR2', () => interval.writeNow());
  const watch = new Watch(settings, history, interval, log);
  const counts = { writes: 0, rejected: 0, unknown: 0, skipped: 0 };
  const onAcknowledged = () => ring.worked();
  const clock = systemClock;
  const context: WriteContext = { settings, history, interval, log, clock, counts, onAcknowledged };
  if (metrics) {
    connections.exportTo(metrics);
    watch.offsets.exportTo(metrics);
    exportWriter(metrics, context, watch);
  }

  while (!signal.aborted) {
    const { node, waitMs } = ring.next();
    await wait(waitMs, undefined, { signal }).catch(() => {});
    const session = new Session(node, access, signal);
    try {
      const { writing, watching } = await session.connect();
      connections.logConnected(node.name);
      if (!history.started) history.start(await findOwnValues(history.name, SHARED_KEY, KEYDB_NODES, access));
      const rewrite = (value: Value) => writing.set(SHARED_KEY, value.text);
      await Promise.race([watch.start(watching, rewrite, session.aborter.signal), session.ended]);
      await writePaced(writing, node.name, session.aborter, context);
      session.aborter.signal.throwIfAborted();
    } catch (error) {
      // Prefer the original error: the end of a session rejects pending commands with a less specific one.
      const lost = session.aborter.signal.reason ?? error;
      if (signal.aborted) continue;
      if (!(lost instanceof LostNode)) throw lost;
      connections.logLost(node.name, lost);
    } finally {
      session.close();
    }
  }
  logSummary(service, counts, watch, log);
}

function logSummary(service: string, counts: WriteCounts, watch: Watch, log: Logger): void {
  const { writes, rejected, unknown, skipped } = counts;
  const { handshakes } = watch.counts;
  log.info(
    { event: 'stopped', ...counts, ...watch.counts },
    `${service} stopped: ${writes} writes, ${handshakes} handshakes, ${rejected + unknown} writes failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  );
}

/** Two connections to one node, lost together: WAIT blocks its connection, and a handshake must not queue behind it. */
class Session {
  /** Aborts with the LostNode that ended the session, or when the service stops. */
  readonly aborter = new AbortController();
  /** Rejects when the session ends, because ioredis may never settle a command of a lost connection. */
  readonly ended = new Promise<never>((_, reject) => {
    const { signal } = this.aborter;
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  readonly #clients: readonly [Redis, Redis];
  readonly #pings: NodeJS.Timeout[];
  readonly #service: AbortSignal;

  constructor(node: Node, access: Access, service: AbortSignal) {
    this.#service = service;
    this.#clients = [ioredisClient(node, access), ioredisClient(node, access)];
    const lose = (error: Error) => this.aborter.abort(new LostNode(error));
    for (const client of this.#clients) {
      client.on('error', lose);
      client.on('end', () => lose(new Error('the connection was closed')));
    }
    this.ended.catch(() => {});
    this.#pings = this.#clients.flatMap((client) => {
      const deadline = setTimeout(() => lose(noAnswer(access)), access.answerTimeoutMs);
      const answered = () => deadline.refresh();
      return [deadline, setInterval(() => client.ping().then(answered, () => {}), access.pingIntervalMs)];
    });
    service.addEventListener('abort', this.#onStop);
    if (service.aborted) this.#onStop();
  }

  /** @throws LostNode if the node does not answer. */
  async connect(): Promise<{ writing: Redis; watching: Redis }> {
    const { signal } = this.aborter;
    const [writing, watching] = this.#clients;
    await orLost(Promise.all(this.#clients.map((client) => once(client, 'ready', { signal }))));
    return { writing, watching };
  }

  close(): void {
    this.#service.removeEventListener('abort', this.#onStop);
    this.#pings.forEach(clearTimeout);
    for (const client of this.#clients) client.disconnect();
  }

  readonly #onStop = () => {
    this.aborter.abort();
    setTimeout(() => this.close(), STOP_GRACE_MS).unref();
  };
}
