/** One node after the other, for ever: connect, write and watch until the node is lost, go on with the next. */
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { type Access, accessOf, STOP_GRACE_MS } from '../common/client-options.ts';
import { ioredisClient } from '../common/ioredis-client.ts';
import type { Stop } from '../common/lifecycle.ts';
import type { Logger } from '../common/logger.ts';
import { type Node, NodeRing } from '../common/nodes.ts';
import type { Settings } from '../common/settings.ts';
import { findOwnValues } from './find-own-values.ts';
import { History } from './history.ts';
import { Watch } from './watch.ts';
import { type WriteContext, writePaced } from './write.ts';

/** @throws SettingsError if the certificate authority cannot be read. */
export function stayConnected(settings: Settings, log: Logger): Stop {
  const aborter = new AbortController();
  const ended = goRound(settings, accessOf(settings), log, aborter.signal);
  return async () => {
    aborter.abort();
    await ended;
  };
}

async function goRound(settings: Settings, access: Access, log: Logger, signal: AbortSignal): Promise<void> {
  const { SERVICE_NAME: service, SHARED_KEY, KEYDB_NODES, HOME_NODE } = settings;
  const ring = new NodeRing(KEYDB_NODES, HOME_NODE);
  const history = new History(service);
  const watch = new Watch(settings, history, log);
  const counts = { writes: 0, failed: 0 };
  const context: WriteContext = { settings, history, log, counts, onTaken: () => ring.worked() };

  while (!signal.aborted) {
    const { node, waitMs } = ring.next();
    await wait(waitMs, undefined, { signal }).catch(() => {});
    const session = new Session(node, access, signal);
    try {
      const { writing, watching } = await session.connect();
      log.info({ event: 'connected', node: node.name }, `${service} connected to ${node.name}`);
      if (!history.started) history.start(await findOwnValues(history.name, SHARED_KEY, KEYDB_NODES, access));
      await watch.start(watching, (value) => writing.set(SHARED_KEY, value.text));
      await writePaced(writing, session.aborter, context);
      session.aborter.signal.throwIfAborted();
    } catch (error) {
      const reason = session.reason ?? (error as Error).message;
      if (!signal.aborted)
        log.warn({ event: 'lost', node: node.name, reason }, `${service} lost ${node.name}: ${reason}`);
    } finally {
      session.close();
    }
  }
  const { handshakes } = watch.counts;
  log.info(
    { event: 'stopped', ...counts, ...watch.counts },
    `${service} stopped: ${counts.writes} writes, ${handshakes} handshakes, ${counts.failed} writes failed`,
  );
}

/** Two connections to one node, ended together: WAIT blocks its connection, and a handshake must not queue behind it. */
class Session {
  /** Aborted with the error that ended the session, or when the service stops. */
  readonly aborter = new AbortController();
  readonly #clients: readonly [Redis, Redis];
  readonly #ping: NodeJS.Timeout;
  readonly #service: AbortSignal;

  constructor(node: Node, access: Access, service: AbortSignal) {
    this.#service = service;
    this.#clients = [ioredisClient(node, access), ioredisClient(node, access)];
    for (const client of this.#clients) {
      client.on('error', (error) => this.aborter.abort(error));
      client.on('end', () => this.aborter.abort(new Error('the connection was closed')));
    }
    this.#ping = setInterval(() => {
      for (const client of this.#clients) client.ping().catch(() => {});
    }, access.pingIntervalMs);
    service.addEventListener('abort', this.#onStop);
    if (service.aborted) this.#onStop();
  }

  /** Why the session ended, if it ended by itself. */
  get reason(): string | undefined {
    const { reason } = this.aborter.signal;
    return reason instanceof Error ? reason.message : undefined;
  }

  /** @throws Error if the node does not answer. */
  async connect(): Promise<{ writing: Redis; watching: Redis }> {
    const { signal } = this.aborter;
    const [writing, watching] = this.#clients;
    await Promise.all(this.#clients.map((client) => once(client, 'ready', { signal })));
    return { writing, watching };
  }

  close(): void {
    this.#service.removeEventListener('abort', this.#onStop);
    clearInterval(this.#ping);
    for (const client of this.#clients) client.disconnect();
  }

  readonly #onStop = () => {
    this.aborter.abort();
    setTimeout(() => this.close(), STOP_GRACE_MS).unref();
  };
}
