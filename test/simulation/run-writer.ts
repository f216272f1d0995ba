/** Runs the real writer loop and watch, without `writer/stay-connected.ts`. */
import { LostNode } from '../../common/lost-node.ts';
import type { Settings } from '../../common/settings.ts';
import type { Value } from '../../common/value.ts';
import { History } from '../../writer/history.ts';
import { Interval } from '../../writer/interval.ts';
import { Watch } from '../../writer/watch.ts';
import { writePaced } from '../../writer/write.ts';
import type { CheckWriter } from './check-writer.ts';
import { ioredisModel } from './clients.ts';
import { logTo, type Running, type Scene, type Session, Sessions, STOP_GRACE_MS } from './session.ts';

/** The reason that ends the writes, but not the session. */
const QUIET = 'no further writes';

export interface RunningWriter extends Running {
  /** Ends the writes. The watch continues, so that it can repair the key. */
  quiet(): void;
}

export function runWriter(scene: Scene, settings: Settings, check: CheckWriter): RunningWriter {
  const clock = scene.clocks.writer;
  const log = logTo(check);
  const history = new History(settings.SERVICE_NAME, clock);
  const interval = new Interval(settings, log);
  const watch = new Watch(settings, history, interval, log, clock);
  const counts = { writes: 0, rejected: 0, unknown: 0, skipped: 0 };
  const onAcknowledged = () => check.onAcknowledged();
  const context = { settings, history, interval, log, clock, counts, onAcknowledged };
  const sessions = new Sessions(scene, check, 'writer');
  const service = new AbortController();
  let quiet = false;
  let endWrites = () => {};
  let session: Session | undefined;
  let ended = Promise.resolve();
  next();

  function next(): void {
    session = undefined;
    sessions.open(2, (opened) => {
      session = opened;
      log.info({ event: 'connected', node: opened.node.name });
      if (!history.started) history.start([]);
      ended = work(opened).finally(() => {
        opened.close();
        if (!service.signal.aborted) next();
      });
    });
  }

  async function work(opened: Session): Promise<void> {
    const all = new AbortController();
    const writes = new AbortController();
    const over = new Promise<never>((_, reject) => {
      all.signal.addEventListener('abort', () => reject(all.signal.reason), { once: true });
    });
    over.catch(() => {});
    opened.onLost = (error) => all.abort(new LostNode(error));
    all.signal.addEventListener('abort', () => writes.abort(all.signal.reason), { once: true });
    const onWritesEnded = () => {
      check.onEndWrites();
      if (writes.signal.reason !== QUIET) all.abort(writes.signal.reason);
    };
    writes.signal.addEventListener('abort', onWritesEnded, { once: true });
    const onStop = () => all.abort();
    service.signal.addEventListener('abort', onStop);
    endWrites = () => writes.abort(QUIET);
    if (quiet) endWrites();
    try {
      await workOn(opened, all, writes, over);
    } catch (error) {
      const lost = all.signal.reason ?? error;
      if (!service.signal.aborted && !(lost instanceof LostNode)) throw lost;
    } finally {
      service.signal.removeEventListener('abort', onStop);
      all.abort();
    }
    check.expectNoListeners(all.signal, 'of the watch');
    check.expectNoListeners(writes.signal, 'of the writes');
  }

  async function workOn(
    { connections: [writing, watching], node }: Session,
    all: AbortController,
    writes: AbortController,
    over: Promise<never>,
  ): Promise<void> {
    if (!writing || !watching) throw new Error('a session of the writer has two connections');
    const client = ioredisModel(writing);
    const rewrite = (value: Value) => {
      check.onRewrite(value.text);
      return client.set(settings.SHARED_KEY, value.text);
    };
    await Promise.race([watch.start(ioredisModel(watching), rewrite, all.signal), over]);
    if (!writes.signal.aborted) check.onStartWrites();
    await writePaced(client, node.name, writes, context);
    if (writes.signal.reason === QUIET) await over;
  }

  return {
    get connected() {
      return session !== undefined;
    },
    lose: () => session?.lose(new Error('lost')),
    quiet() {
      quiet = true;
      endWrites();
    },
    stop(done) {
      sessions.close();
      service.abort();
      const stopping = session;
      scene.world.after(STOP_GRACE_MS * 1000, () => stopping?.close());
      void ended.then(() => {
        log.info({ event: 'stopped', ...counts, ...watch.counts });
        done();
      });
    },
  };
}
