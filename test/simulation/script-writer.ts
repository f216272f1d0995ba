/** Runs the parts of the writer, each in a script of one node. */
import { readSettings } from '../../common/settings.ts';
import type { Value } from '../../common/value.ts';
import { History } from '../../writer/history.ts';
import { Interval } from '../../writer/interval.ts';
import { Watch } from '../../writer/watch.ts';
import { writePaced } from '../../writer/write.ts';
import { ManualClock } from '../helpers/clock.ts';
import { ioredisModel } from './clients.ts';
import { SHARED_KEY } from './node.ts';
import { Script } from './script.ts';

/** A watch on a node, and the writes of its writer. */
export function watcher(env: Record<string, string> = {}) {
  const script = new Script();
  const settings = readSettings({ RECHECK_INTERVAL_MS: '20', INTERVAL_KEY: '', ...env }, 'writer');
  const history = new History('writer', script.clock);
  const interval = new Interval(settings, script.events.log);
  const watch = new Watch(settings, history, interval, script.events.log, script.clock);
  const session = new AbortController();
  const rewrite = async ({ text }: Value) => script.set(SHARED_KEY, text, 'none');
  const start = (how = rewrite) => watch.start(ioredisModel(script.connect()), how, session.signal);
  const acknowledged = () => {
    const value = history.next();
    history.acknowledge(value);
    return value;
  };
  return { acknowledged, history, interval, script, session, start, watch };
}

/** The writes of a writer to a node. Its clock moves only when the test advances it. */
export function pacedWriter(env: Record<string, string> = {}) {
  const script = new Script();
  const clock = new ManualClock();
  const settings = readSettings({ WRITE_INTERVAL_MS: '10', NODE_TIMEOUT_MS: '101', ...env }, 'writer');
  const history = new History('writer', clock);
  const counts = { writes: 0, rejected: 0, unknown: 0, skipped: 0 };
  const session = new AbortController();
  /** Results of the writes, in addition to the log. */
  const outcome: string[] = [];
  const interval = new Interval(settings, script.events.log);
  const context = {
    settings,
    history,
    interval,
    log: script.events.log,
    clock,
    counts,
    onAcknowledged: () => outcome.push('acknowledged'),
  };
  const start = () =>
    writePaced(ioredisModel(script.connect()), script.node.name, session, context).then(() =>
      outcome.push('ended'),
    );
  const advance = async (ms: number) => {
    clock.advance(ms);
    await script.pass(1);
  };
  return { advance, clock, counts, history, interval, outcome, script, session, start };
}
