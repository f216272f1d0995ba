/** What the services promise, as ratios taken round by round within one run, and whether they keep it. Pure. */
import type { Identity, Sample } from '../sample.ts';
import { merge, percentilesOf } from './histogram.ts';
import { type RoundValue, ratiosOf, type Take, together, valuesOf, verdictOf } from './ratios.ts';

export interface Bar {
  experiment: string;
  /** What is promised. */
  text: string;
  subject: string;
  /** Median of the rounds; absent: nothing was measured. */
  value?: number;
  /** The lowest and the highest of the rounds. */
  range?: [number, number];
  /** How many rounds count, of how many. */
  rounds?: [number, number];
  /** The floor's own value, where it tells how much of it is the machine's doing. */
  floor?: number;
  limit: number;
  /** A value above the limit, or below it, does not keep the promise. */
  limitIs: 'most' | 'least';
  verdict: 'met' | 'not met' | 'not judged';
  /** Why it is not judged. */
  why?: string;
  /** What else took processor time in rounds that count; absent: nothing did. */
  noise?: string;
}

type Promised = Pick<Bar, 'experiment' | 'text' | 'subject' | 'limit' | 'limitIs' | 'floor'>;

const OBSERVERS = ['sync-observer', 'async-observer'];
const AT_100 = { writesPerSecond: 100 };
const AT_MOST = { writesPerSecond: 'most' };

/** All bars of the experiments that were run. */
export function judgeBars(samples: readonly Sample[]): Bar[] {
  const ran = (name: string) => samples.some(({ experiment }) => experiment === name);
  return [
    ...(ran('latency') ? latencyBars(samples) : []),
    ...(ran('keeping-up') ? OBSERVERS.flatMap((subject) => keepingUpBars(samples, subject)) : []),
    ...OBSERVERS.flatMap((subject) => memoryBars(samples, subject)),
  ];
}

/** 0: all bars are met. 1: one is not. 2: one could not be judged, and none is known not to be met. */
export function exitCodeOf(bars: readonly Bar[]): 0 | 1 | 2 {
  if (bars.some(({ verdict }) => verdict === 'not met')) return 1;
  return bars.some(({ verdict }) => verdict === 'not judged') ? 2 : 0;
}

function latencyBars(samples: readonly Sample[]): Bar[] {
  const at = (subject: string): Identity => ({ experiment: 'latency', subject, setting: AT_100 });
  const bar = (subject: string, other: string, percentile: 'p50' | 'p99', limit: number, text: string) =>
    judged(
      { experiment: 'latency', text: `round trip at 100 writes/s, ${text}`, subject, limit, limitIs: 'most' },
      ratiosOf(samples, at(subject), at(other), roundTrip(percentile)),
    );
  const [one = '', two = ''] = OBSERVERS;
  const oneToTwo = together(ratiosOf(samples, at(one), at(two), roundTrip('p50')))?.spread.median ?? 1;
  const [slower, faster] = oneToTwo < 1 ? [two, one] : [one, two];
  return [
    ...OBSERVERS.map((subject) => bar(subject, 'floor', 'p50', 1.25, 'median ÷ the floor’s')),
    ...OBSERVERS.map((subject) => bar(subject, 'floor', 'p99', 1.5, '99th percentile ÷ the floor’s')),
    bar(slower, faster, 'p50', 1.1, 'median of the slower observer ÷ the other’s'),
  ];
}

function keepingUpBars(samples: readonly Sample[], subject: string): Bar[] {
  const at = (of: string, more = {}): Identity => ({
    experiment: 'keeping-up',
    subject: of,
    setting: { ...more, ...AT_MOST },
  });
  const make = (text: string, limit: number, limitIs: Bar['limitIs'] = 'most') => ({
    experiment: 'keeping-up',
    text,
    subject,
    limit,
    limitIs,
  });
  // Each has floods of its own without it, right before or after those with it.
  const presence = (of: string) =>
    ratiosOf(samples, at(of), at('alone', { against: of }), figure('reachedPerSecond'));
  const cpu = (other: string) => ratiosOf(samples, at(subject), at(other), figure('cpuMicrosPerWrite'));
  const floor = together(presence('floor'))?.spread.median;
  const lags = [...valuesOf(samples, at(subject), figure('lagObservations')).values()];
  // No processor time that others took excuses work that has piled up.
  const mostLag = Math.max(...lags.map(({ value }) => value));
  return [
    judged(
      make('observations behind after the last write, at the highest rate, in the worst round', 2),
      lags.map(() => ({ value: mostLag, noise: [] })),
    ),
    judged(
      { ...make('write rate with it ÷ the writer alone', 0.9, 'least'), ...(floor && { floor }) },
      presence(subject),
    ),
    judged(make('CPU per write ÷ the floor’s', 1.3), cpu('floor')),
    judged(make('CPU per write ÷ the naive observer’s', 0.2), cpu('naive')),
  ];
}

function memoryBars(samples: readonly Sample[], subject: string): Bar[] {
  const own = samples.filter((sample) => sample.experiment === 'memory' && sample.subject === subject);
  const [first] = own;
  const last = own.at(-1);
  if (!first || !last) return [];
  const text = `memory after ${last.setting.writes} writes ÷ after ${first.setting.writes}`;
  return [
    judged(
      { experiment: 'memory', text, subject, limit: 1.1, limitIs: 'most' },
      ratiosOf(samples, last, first, figure('memoryMb')),
    ),
  ];
}

function judged(bar: Promised, rounds: readonly RoundValue[]): Bar {
  const outcome = together(rounds);
  if (!outcome) return { ...bar, verdict: 'not judged', why: 'it was not measured' };
  const { values, spread, of, noise } = outcome;
  const keeps = (value: number) => (bar.limitIs === 'most' ? value <= bar.limit : value >= bar.limit);
  return {
    ...bar,
    value: spread.median,
    range: [spread.min, spread.max],
    rounds: [values.length, of],
    ...(noise !== '' && { noise }),
    ...verdictOf(outcome, keeps),
  };
}

function figure(name: string): Take {
  return ({ figures }) => figures[name];
}

function roundTrip(percentile: 'p50' | 'p99'): Take {
  return ({ latencies: { roundTrip: encoded } }) =>
    encoded === undefined ? undefined : percentilesOf(merge([encoded]))[percentile];
}
