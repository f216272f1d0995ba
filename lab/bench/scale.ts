/** Defines how much is measured: the difference between `npm run bench`, `--quick`, and the tests. */
import { TABLE_SCALES, type TableScale } from './table-scale.ts';

export interface Scale extends TableScale {
  name: 'full' | 'quick' | 'tiny';
  /** Duration of paced warm-up writes, which are not counted. */
  warmUpSeconds: number;
  /** Number of writes that warm up a new observer, so that its code is compiled. */
  warmUpWrites: number;
  latency: { rates: { perSecond: number; seconds: number; rounds: number }[]; probeRounds: number };
  keepingUp: {
    /** Write rates below the maximum rate, measured in fewer rounds. */
    rates: number[];
    rateRounds: number;
    /** Rounds at the maximum rate. */
    mostRounds: number;
    seconds: number;
    /** Loads for naive observers, which are shorter and have fewer rounds. */
    naiveSeconds: number;
    naiveRounds: number;
    /** Time for an observer to catch up after the last write. */
    catchUpSeconds: number;
  };
  memory: { fromWrites: number; toWrites: number };
  /** The warm-up is long: services live for days, so their code must be compiled before the measurement. */
  metrics: {
    perSecond: number;
    /** Each service of a pair is measured in slices, in turn with the other one. */
    slices: number;
    /** Each slice has one scrape, so its duration should be the scrape interval of Prometheus, 5 s. */
    sliceSeconds: number;
    rounds: number;
    /** Warm-up of an observer, at a high rate. */
    warmUpWrites: number;
    /** Further warm-up at the measured rate; for a writer the only one. */
    warmUpSeconds: number;
  };
  channel: { unrelatedPerSecond: number[]; perSecond: number; seconds: number; rounds: number };
  style: { perSecond: number; pacedSeconds: number; mostSeconds: number; rounds: number };
  crowd: { counts: number[]; perSecond: number; seconds: number; rounds: number };
  nodes: { counts: number[]; perSecond: number; pacedSeconds: number; mostSeconds: number; rounds: number };
  page: {
    perSecond: number;
    /** Number of open pages. */
    pages: number;
    seconds: number;
    rounds: number;
    /** Warm-up before each measurement: a new monitor compiles its code. */
    warmUpSeconds: number;
    /** Memory rises until the heap has settled. */
    memoryWarmUpSeconds: number;
    /** Duration of the memory samples. */
    memorySeconds: number;
  };
  engines: {
    perSecond: number;
    pacedSeconds: number;
    mostSeconds: number;
    rounds: number;
    /** Rounds of KeyDB's other settings. */
    settingRounds: number;
  };
}

const FULL: Scale = {
  name: 'full',
  ...TABLE_SCALES.full,
  warmUpSeconds: 0.4,
  warmUpWrites: 1_500,
  latency: {
    rates: [
      { perSecond: 10, seconds: 3, rounds: 2 },
      // The guarantees apply at this rate.
      { perSecond: 100, seconds: 3, rounds: 8 },
      { perSecond: 1000, seconds: 2, rounds: 2 },
    ],
    probeRounds: 2,
  },
  keepingUp: {
    rates: [1_000, 10_000],
    rateRounds: 1,
    mostRounds: 6,
    seconds: 1,
    naiveSeconds: 0.2,
    naiveRounds: 2,
    catchUpSeconds: 8,
  },
  memory: { fromWrites: 10_000, toWrites: 1_000_000 },
  metrics: {
    perSecond: 100,
    slices: 4,
    sliceSeconds: 5,
    rounds: 6,
    warmUpWrites: 10_000,
    warmUpSeconds: 10,
  },
  style: { perSecond: 100, pacedSeconds: 2, mostSeconds: 0.8, rounds: 4 },
  channel: { unrelatedPerSecond: [0, 10_000], perSecond: 100, seconds: 2, rounds: 2 },
  crowd: { counts: [1, 10, 100, 1_000], perSecond: 10, seconds: 2, rounds: 2 },
  nodes: { counts: [1, 2, 3, 5], perSecond: 100, pacedSeconds: 2, mostSeconds: 1.5, rounds: 2 },
  page: {
    perSecond: 1_000,
    pages: 20,
    seconds: 10,
    rounds: 8,
    warmUpSeconds: 25,
    memoryWarmUpSeconds: 60,
    memorySeconds: 120,
  },
  engines: { perSecond: 100, pacedSeconds: 1, mostSeconds: 0.8, rounds: 4, settingRounds: 2 },
};

const QUICK: Scale = {
  name: 'quick',
  ...TABLE_SCALES.quick,
  warmUpSeconds: 0.2,
  warmUpWrites: 300,
  latency: {
    rates: [
      { perSecond: 100, seconds: 1, rounds: 2 },
      { perSecond: 1000, seconds: 0.5, rounds: 1 },
    ],
    probeRounds: 1,
  },
  keepingUp: {
    rates: [],
    rateRounds: 1,
    mostRounds: 2,
    seconds: 0.3,
    naiveSeconds: 0.05,
    naiveRounds: 1,
    catchUpSeconds: 3,
  },
  memory: { fromWrites: 10_000, toWrites: 60_000 },
  metrics: { perSecond: 100, slices: 1, sliceSeconds: 5, rounds: 1, warmUpWrites: 1_500, warmUpSeconds: 2 },
  style: { perSecond: 100, pacedSeconds: 0.5, mostSeconds: 0.3, rounds: 1 },
  channel: { unrelatedPerSecond: [10_000], perSecond: 100, seconds: 0.5, rounds: 1 },
  crowd: { counts: [1, 100], perSecond: 10, seconds: 0.8, rounds: 1 },
  nodes: { counts: [1, 3], perSecond: 100, pacedSeconds: 0.8, mostSeconds: 0.5, rounds: 1 },
  page: {
    perSecond: 1_000,
    pages: 20,
    seconds: 3,
    rounds: 1,
    warmUpSeconds: 2,
    memoryWarmUpSeconds: 15,
    memorySeconds: 6,
  },
  engines: { perSecond: 100, pacedSeconds: 0.5, mostSeconds: 0.3, rounds: 1, settingRounds: 0 },
};

/** For tests: every experiment once, as short as possible with a usable result. */
const TINY: Scale = {
  name: 'tiny',
  ...TABLE_SCALES.tiny,
  warmUpSeconds: 0.05,
  warmUpWrites: 0,
  latency: { rates: [{ perSecond: 100, seconds: 0.2, rounds: 1 }], probeRounds: 1 },
  keepingUp: {
    rates: [1_000],
    rateRounds: 1,
    mostRounds: 1,
    seconds: 0.1,
    naiveSeconds: 0.05,
    naiveRounds: 1,
    catchUpSeconds: 1,
  },
  memory: { fromWrites: 1_000, toWrites: 3_000 },
  metrics: { perSecond: 100, slices: 2, sliceSeconds: 0.3, rounds: 1, warmUpWrites: 0, warmUpSeconds: 0 },
  style: { perSecond: 100, pacedSeconds: 0.1, mostSeconds: 0.1, rounds: 1 },
  channel: { unrelatedPerSecond: [0, 1_000], perSecond: 100, seconds: 0.1, rounds: 1 },
  crowd: { counts: [1, 5], perSecond: 20, seconds: 0.2, rounds: 1 },
  nodes: { counts: [1, 2], perSecond: 100, pacedSeconds: 0.1, mostSeconds: 0.1, rounds: 1 },
  page: {
    perSecond: 1_000,
    pages: 3,
    seconds: 0.5,
    rounds: 1,
    warmUpSeconds: 0.5,
    memoryWarmUpSeconds: 0,
    memorySeconds: 0.6,
  },
  engines: { perSecond: 100, pacedSeconds: 0.1, mostSeconds: 0.1, rounds: 1, settingRounds: 0 },
};

export const SCALES = { full: FULL, quick: QUICK, tiny: TINY };
