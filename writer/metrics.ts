/** The metrics of the writer. */
import type { Metrics } from '../common/metrics.ts';
import type { Watch } from './watch.ts';
import type { WriteContext } from './write.ts';

/** Observers with time series of their own. Any client can send handshakes under any name, so there must be a limit. */
const MAX_OBSERVERS = 64;

export function exportWriter(
  metrics: Metrics,
  { counts, history, interval }: Pick<WriteContext, 'counts' | 'history' | 'interval'>,
  watch: Watch,
): void {
  const roundTrip = metrics.histogram(
    'mesh_round_trip_seconds',
    'Time from just before the write to the arrival of the handshake.',
    ['observer'],
  );
  const labelOf = limited(MAX_OBSERVERS);
  watch.onRoundTrip = (observer, seconds) => roundTrip(seconds, { observer: labelOf(observer) });
  metrics.counter('mesh_writes_total', 'Writes by their outcome; skipped: not sent.', ['outcome'], () => [
    [{ outcome: 'acknowledged' }, counts.writes],
    [{ outcome: 'rejected' }, counts.rejected],
    [{ outcome: 'unknown' }, counts.unknown],
    [{ outcome: 'skipped' }, counts.skipped],
  ]);
  metrics.counter('mesh_rewrites_total', 'Values written again, because a node had an older one.', [], () => {
    return watch.counts.rewritten;
  });
  metrics.gauge('mesh_write_interval_seconds', 'Time between two writes.', [], () => interval.ms / 1000);
  metrics.gauge('mesh_acknowledged_seq', 'seq of the newest acknowledged write.', [], () => {
    return history.acknowledged?.seq;
  });
}

/** Returns a function that returns the first so many different names, and `other` instead of each further one. */
export function limited(max: number): (name: string) => string {
  const names = new Set<string>();
  return (name) => {
    if (names.size < max) names.add(name);
    return names.has(name) ? name : 'other';
  };
}
