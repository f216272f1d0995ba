/** What the services promise, as ratios within one run, and whether they keep it. Pure. */
import { findRow, type Row } from './summarise.ts';

export interface Bar {
  experiment: string;
  /** What is promised. */
  text: string;
  subject: string;
  /** What was measured; absent: nothing was. */
  value?: number;
  limit: number;
  /** A value above the limit, or below it, does not keep the promise. */
  limitIs: 'most' | 'least';
  verdict: 'met' | 'not met' | 'not judged';
  /** Why it is not judged. */
  why?: string;
}

const OBSERVERS = ['sync-observer', 'async-observer'];
const AT_100 = { writesPerSecond: 100 };
const AT_MOST = { writesPerSecond: 'most' };

type Take = (row: Row) => number | undefined;
const roundTrip =
  (percentile: 'p50' | 'p99'): Take =>
  ({ latencies }) =>
    latencies.roundTrip?.rounds[percentile].median;
const figure =
  (name: string): Take =>
  ({ figures }) =>
    figures[name]?.median;

/** All bars of the experiments that were run. */
export function judgeBars(rows: readonly Row[]): Bar[] {
  return [...latencyBars(rows), ...keepingUpBars(rows), ...memoryBars(rows)];
}

/** 0: all bars are met. 1: one is not. 2: one could not be judged, and none is known not to be met. */
export function exitCodeOf(bars: readonly Bar[]): 0 | 1 | 2 {
  if (bars.some(({ verdict }) => verdict === 'not met')) return 1;
  return bars.some(({ verdict }) => verdict === 'not judged') ? 2 : 0;
}

function latencyBars(rows: readonly Row[]): Bar[] {
  if (!rows.some(({ experiment }) => experiment === 'latency')) return [];
  const of = (subject: string) => findRow(rows, { experiment: 'latency', subject, setting: AT_100 });
  const bar = (subject: string, other: string, take: Take, limit: number, text: string) =>
    ratioBar({ experiment: 'latency', text, subject, limit, limitIs: 'most' }, of(subject), of(other), take);
  const [one = '', two = ''] = [...OBSERVERS].sort((a, b) => medianOf(of(b)) - medianOf(of(a)));
  return [
    ...OBSERVERS.map((subject) =>
      bar(subject, 'floor', roundTrip('p50'), 1.25, 'round trip at 100 writes/s, median ÷ the floor’s'),
    ),
    ...OBSERVERS.map((subject) =>
      bar(
        subject,
        'floor',
        roundTrip('p99'),
        1.5,
        'round trip at 100 writes/s, 99th percentile ÷ the floor’s',
      ),
    ),
    bar(
      one,
      two,
      roundTrip('p50'),
      1.1,
      'round trip at 100 writes/s, median of the slower observer ÷ the other’s',
    ),
  ];
}

function medianOf(row: Row | undefined): number {
  return (row && roundTrip('p50')(row)) ?? 0;
}

function keepingUpBars(rows: readonly Row[]): Bar[] {
  if (!rows.some(({ experiment }) => experiment === 'keeping-up')) return [];
  const of = (subject: string) => findRow(rows, { experiment: 'keeping-up', subject, setting: AT_MOST });
  return OBSERVERS.flatMap((subject) => {
    const make = (text: string, limit: number, limitIs: Bar['limitIs'] = 'most') => ({
      experiment: 'keeping-up',
      text,
      subject,
      limit,
      limitIs,
    });
    const cpu = figure('cpuMicrosPerWrite');
    return [
      judged(
        make('observations behind after the last write, at the highest rate', 2),
        [of(subject)],
        () => of(subject)?.figures.lagObservations?.max,
      ),
      ratioBar(
        make('write rate with it ÷ the writer alone', 0.9, 'least'),
        of(subject),
        of('alone'),
        figure('reachedPerSecond'),
      ),
      ratioBar(make('CPU per write ÷ the floor’s', 1.3), of(subject), of('floor'), cpu),
      ratioBar(make('CPU per write ÷ the naive observer’s', 0.2), of(subject), of('naive'), cpu),
    ];
  });
}

function memoryBars(rows: readonly Row[]): Bar[] {
  return OBSERVERS.flatMap((subject) => {
    const own = rows.filter((row) => row.experiment === 'memory' && row.subject === subject);
    const first = own[0];
    const last = own.at(-1);
    if (!first || !last) return [];
    const text = `memory after ${last.setting.writes} writes ÷ after ${first.setting.writes}`;
    return ratioBar(
      { experiment: 'memory', text, subject, limit: 1.1, limitIs: 'most' },
      last,
      first,
      figure('memoryMb'),
    );
  });
}

type Promised = Omit<Bar, 'value' | 'verdict' | 'why'>;

function ratioBar(bar: Promised, row: Row | undefined, other: Row | undefined, take: Take): Bar {
  return judged(bar, [row, other], () => {
    const value = row && take(row);
    const base = other && take(other);
    return value === undefined || !base ? undefined : value / base;
  });
}

function judged(bar: Promised, rows: readonly (Row | undefined)[], take: () => number | undefined): Bar {
  const value = take();
  if (value === undefined) return { ...bar, verdict: 'not judged', why: 'it was not measured' };
  const disturbed = rows.flatMap((row) => row?.disturbed.map((why) => `${row.subject}: ${why}`) ?? []);
  const [why] = disturbed;
  if (why !== undefined) return { ...bar, value, verdict: 'not judged', why: `disturbed: ${why}` };
  const holds = bar.limitIs === 'most' ? value <= bar.limit : value >= bar.limit;
  return { ...bar, value, verdict: holds ? 'met' : 'not met' };
}
