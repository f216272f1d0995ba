/** Runs the real code of both observers, without their `stay-connected.ts`. */
import { observe as observeAsync } from '../../async-observer/observe.ts';
import { sameNode as sameNodeAsync } from '../../async-observer/write-node.ts';
import { LostNode } from '../../common/lost-node.ts';
import { Observations } from '../../common/observations.ts';
import type { Settings } from '../../common/settings.ts';
import { observe as observeSync } from '../../sync-observer/observe.ts';
import { sameNode as sameNodeSync } from '../../sync-observer/write-node.ts';
import type { CheckObserver } from './check-observer.ts';
import { ioredisModel, nodeRedisModel } from './clients.ts';
import type { Connection } from './connection.ts';
import { logTo, type Running, type Scene, type Session, Sessions, STOP_GRACE_MS } from './session.ts';

export function runSyncObserver(scene: Scene, settings: Settings, check: CheckObserver): Running {
  const clock = scene.clocks['sync-observer'];
  const observations = new Observations(settings, logTo(check), clock);
  const sessions = new Sessions(scene, check, 'sync-observer');
  let session: Session | undefined;
  let stopObserving = (done: () => void) => done();
  let stopping = false;
  next();

  function next(): void {
    session = undefined;
    stopObserving = (done) => done();
    sessions.open(settings.KEY_CHANNEL === 'tracking' ? 2 : 1, start);
  }

  function start(opened: Session): void {
    session = opened;
    const { name } = opened.node;
    const [client, notified] = opened.connections.map(ioredisModel);
    if (!client) throw new Error('a session has a connection');
    observations.logConnected(name);
    opened.onLost = (error) => {
      if (stopping) return;
      stopObserving(() => {});
      observations.logLost(name, error);
      next();
    };
    const callbacks = { onObserved: () => check.onObserved(), onError: opened.lose };
    const connections = { client, notified: notified ?? client, writeNode: sameNodeSync(client, name) };
    stopObserving = observeSync(connections, name, settings, observations, callbacks, clock);
  }

  return {
    get connected() {
      return session !== undefined;
    },
    lose: () => session?.lose(new Error('lost')),
    stop(done) {
      stopping = true;
      sessions.close();
      const last = session;
      scene.world.after(STOP_GRACE_MS * 1000, () => last?.close());
      stopObserving(() => {
        last?.close();
        observations.logSummary();
        done();
      });
    },
  };
}

export function runAsyncObserver(scene: Scene, settings: Settings, check: CheckObserver): Running {
  const clock = scene.clocks['async-observer'];
  const observations = new Observations(settings, logTo(check), clock);
  const sessions = new Sessions(scene, check, 'async-observer');
  const aborter = new AbortController();
  let session: Session | undefined;
  let ended = Promise.resolve();
  next();

  function next(): void {
    session = undefined;
    sessions.open(1, (opened) => {
      session = opened;
      ended = observe(opened).finally(() => {
        opened.close();
        if (!aborter.signal.aborted) next();
      });
    });
  }

  async function observe({ node: { name }, ...opened }: Session): Promise<void> {
    const lost = new AbortController();
    (session as Session).onLost = (error) => lost.abort(new LostNode(error));
    const client = nodeRedisModel(opened.connections[0] as Connection, settings.KEY_CHANNEL === 'tracking');
    observations.logConnected(name);
    const ends = { stopped: aborter.signal, lost: lost.signal };
    try {
      for await (const _ of observeAsync(
        { client, writeNode: sameNodeAsync(client, name) },
        name,
        settings,
        observations,
        ends,
        clock,
      ))
        check.onObserved();
    } catch (error) {
      if (!(error instanceof LostNode)) throw error;
      if (!aborter.signal.aborted) observations.logLost(name, error);
    }
    check.expectNoListeners(lost.signal, 'lost');
    check.expectNoListeners(aborter.signal, 'stopped');
  }

  return {
    get connected() {
      return session !== undefined;
    },
    lose: () => session?.lose(new Error('lost')),
    stop(done) {
      sessions.close();
      aborter.abort();
      const last = session;
      scene.world.after(STOP_GRACE_MS * 1000, () => last?.close());
      void ended.then(() => {
        observations.logSummary();
        done();
      });
    },
  };
}
