/** One node after the other, for ever: connect, write and watch until the node is lost, go on with the next. */
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { type Access, accessOf, noAnswer, STOP_GRACE_MS } from '../common/client-options.ts';
import { ioredisClient } from '../common/ioredis-client.ts';
import type { Stop } from '../common/lifecycle.ts';
import type { Logger } from '../common/logger.ts';
import { type Node, NodeRing } from '../common/nodes.ts';
import { reasonOf } from '../common/reason.ts';
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
      const watched = watch.start(watching, (value) => writing.set(SHARED_KEY, value.text));
      await Promise.race([watched, session.ended]);
      await writePaced(writing, node.name, session.aborter, context);
      session.aborter.signal.throwIfAborted();
    } catch (error) {
      const reason = reasonOf(session.error ?? (error as Error));
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
  /** Rejects when the session ends. A command may never settle: ioredis forgets the one whose reply it cannot use. */
  readonly ended = new Promise<never>((_, reject) => {
    const { signal } = this.aborter;
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  readonly #pings: NodeJS.Timeout[];
  readonly #service: AbortSignal;

  constructor(node: Node, access: Access, service: AbortSignal) {
    this.#service = service;
    this.#clients = [ioredisClient(node, access), ioredisClient(node, access)];
    for (const client of this.#clients) {
      client.on('error', (error) => this.aborter.abort(error));
      client.on('end', () => this.aborter.abort(new Error('the connection was closed')));
    }
    this.ended.catch(() => {});
    this.#pings = this.#clients.flatMap((client) => {
      const deadline = setTimeout(() => this.aborter.abort(noAnswer(access)), access.answerTimeoutMs);
      const answered = () => deadline.refresh();
      return [deadline, setInterval(() => client.ping().then(answered, () => {}), access.pingIntervalMs)];
    });
    service.addEventListener('abort', this.#onStop);
    if (service.aborted) this.#onStop();
  }

  /** Why the session ended, if it ended by itself. */
  get error(): Error | undefined {
    const { reason } = this.aborter.signal;
    return reason instanceof Error ? reason : undefined;
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
    this.#pings.forEach(clearTimeout);
    for (const client of this.#clients) client.disconnect();
  }

  readonly #onStop = () => {
    this.aborter.abort();
    setTimeout(() => this.close(), STOP_GRACE_MS).unref();
  };
}
