/** Checks the services' guarantees, as per-round ratios within one run. Pure. */
import { OBSERVERS } from '../../../common/services.ts';
import { EXIT } from '../../../toolkit/run-tool.ts';
import type { Identity, Sample } from '../sample.ts';
import { type Check, checkOf, cpuPerWrite, figure, identityAt, roundTrip } from './check.ts';
import { pageChecks } from './page-checks.ts';
import { ratiosOf, type Take, together, valuesOf } from './ratios.ts';
import { tableChecks, tableMemoryChecks } from './table-checks.ts';

const LIBRARIES = ['ioredis', 'redis'] as const;
const STYLES = ['callbacks', 'iterator'] as const;
const AT_100 = { writesPerSecond: 100 };
const AT_MOST = { writesPerSecond: 'most' };
const LIMITS = {
  /** Log lines of the shipped settings: CPU per write ÷ with LOG_LEVEL=warn. */
  logging: 2,
  /**
   * CPU per write with tracking ÷ that of the keyevent baseline: what sync-observer needed (0.75) when it removed
   * repeated notifications before the library decoded them.
   */
  tracking: 0.75,
  /** Metrics are read from counts. Only histograms store each value, after the handshake was sent. */
  metricsRoundTrip: 1.02,
  metricsCpu: 1.05,
};

/** Returns the checks of all experiments that were run. */
export function checkGuarantees(samples: readonly Sample[]): Check[] {
  const ran = (name: string) => samples.some(({ experiment }) => experiment === name);
  return [
    ...(ran('latency') ? latencyChecks(samples) : []),
    ...(ran('keeping-up') ? OBSERVERS.flatMap((subject) => keepingUpChecks(samples, subject)) : []),
    ...OBSERVERS.flatMap((subject) => memoryChecks(samples, subject)),
    ...(ran('metrics') ? metricsChecks(samples) : []),
    ...(ran('page') ? pageChecks(samples) : []),
    ...(ran('table') ? tableChecks(samples) : []),
    ...tableMemoryChecks(samples),
    ...(ran('style') ? styleChecks(samples) : []),
  ];
}

/** Returns the exit code. A guarantee that is not met takes precedence over an inconclusive one. */
export function exitCodeOf(checks: readonly Check[]): number {
  const verdicts = checks.map(({ verdict }) => verdict);
  if (verdicts.includes('not met')) return EXIT.finding;
  return verdicts.includes('inconclusive') || verdicts.includes('not measured') ? EXIT.unknown : EXIT.holds;
}

function latencyChecks(samples: readonly Sample[]): Check[] {
  const check = checkOf('latency');
  const at = identityAt('latency', AT_100);
  const compare = (subject: string, other: string, take: Take, limit: number, text: string) =>
    check(
      { text: `${text} at 100 writes/s`, subject, limit },
      ratiosOf(samples, at(subject), at(other), take),
    );
  const first = at(OBSERVERS[0] ?? '');
  const speedOf = (name: string) =>
    together(ratiosOf(samples, first, at(name), roundTrip('p50')))?.spread.median ?? 1;
  const bySpeed = [...OBSERVERS].sort((one, two) => speedOf(one) - speedOf(two));
  const [slowest = '', fastest = ''] = [bySpeed[0], bySpeed.at(-1)];
  return [
    ...OBSERVERS.flatMap((subject) => [
      compare(subject, 'floor', roundTrip('p50'), 1.25, 'round trip ÷ the baseline’s, median'),
      compare(subject, 'floor', roundTrip('p99'), 1.5, 'round trip ÷ the baseline’s, 99th percentile'),
      compare(subject, `${subject}, warn`, cpuPerWrite, LIMITS.logging, 'CPU per write ÷ at LOG_LEVEL=warn'),
    ]),
    compare(slowest, fastest, roundTrip('p50'), 1.1, 'round trip, slowest observer ÷ fastest, median'),
  ];
}

function keepingUpChecks(samples: readonly Sample[], subject: string): Check[] {
  const check = checkOf('keeping-up');
  const at = identityAt('keeping-up', AT_MOST);
  const tracking = `${subject}, tracking`;
  // Each observer has its own loads without it, directly before or after its own loads.
  const presence = (of: string) => {
    const alone = { ...at('alone'), setting: { against: of, ...AT_MOST } };
    return ratiosOf(samples, at(of), alone, figure('reachedPerSecond'));
  };
  const cpu = (of: string, other: string) => ratiosOf(samples, at(of), at(other), cpuPerWrite);
  const floor = together(presence('floor'))?.spread.median;
  const writeRate = { text: 'maximum write rate with it ÷ the writer alone', ...(floor && { floor }) };
  const text = 'CPU per write at the maximum rate ÷ ';
  return [
    lagCheck(samples, at(subject)),
    check(
      { text: `${text}at LOG_LEVEL=warn`, subject, limit: LIMITS.logging },
      cpu(subject, `${subject}, warn`),
    ),
    check({ text: `${text}the naive observer’s`, subject, limit: 0.2 }, cpu(subject, 'naive')),
    // The client libraries decode one notification per write, so these depend on the load and have no limit.
    check({ text: `${text}the baseline’s`, subject }, cpu(subject, 'floor')),
    check({ ...writeRate, subject }, presence(subject)),
    lagCheck(samples, at(tracking)),
    check(
      { text: `${text}the keyevent baseline’s`, subject: tracking, limit: LIMITS.tracking },
      cpu(tracking, 'floor'),
    ),
    check({ text: `${text}the tracking baseline’s`, subject: tracking }, cpu(tracking, 'floor, tracking')),
    check({ ...writeRate, subject: tracking, limit: 0.98, limitIs: 'least' }, presence(tracking)),
  ];
}

function lagCheck(samples: readonly Sample[], of: Identity): Check {
  const lags = [...valuesOf(samples, of, figure('lagObservations')).values()];
  // CPU noise does not excuse a growing queue: the worst round counts, and noise is ignored.
  const mostLag = Math.max(...lags.map(({ value }) => value));
  return checkOf('keeping-up')(
    {
      text: 'observations behind after the last write at the maximum rate, worst round',
      subject: of.subject,
      limit: 2,
    },
    lags.map(() => ({ value: mostLag, noise: [] })),
  );
}

function memoryChecks(samples: readonly Sample[], subject: string): Check[] {
  const own = samples.filter((sample) => sample.experiment === 'memory' && sample.subject === subject);
  const [first] = own;
  const last = own.at(-1);
  if (!first || !last) return [];
  const text = `memory after ${last.setting.writes} writes ÷ after ${first.setting.writes}`;
  const rounds = ratiosOf(samples, last, first, figure('memoryMb'));
  return [checkOf('memory')({ text, subject, limit: 1.1 }, rounds)];
}

/** Compares each service with metrics and without. */
function metricsChecks(samples: readonly Sample[]): Check[] {
  const at = identityAt('metrics', AT_100);
  const compare = (subject: string, take: Take, limit: number, text: string) =>
    checkOf('metrics')(
      { text: `${text} at 100 writes/s`, subject, limit },
      ratiosOf(samples, at(`${subject}, metrics`), at(subject), take),
    );
  return [
    ...OBSERVERS.map((subject) =>
      compare(
        subject,
        roundTrip('p50'),
        LIMITS.metricsRoundTrip,
        'round trip with metrics ÷ without, median',
      ),
    ),
    ...['writer', ...OBSERVERS].map((subject) =>
      compare(subject, cpuPerWrite, LIMITS.metricsCpu, 'CPU per write with metrics ÷ without'),
    ),
  ];
}

/** Compares styles with the same library, and libraries with the same style. */
function styleChecks(samples: readonly Sample[]): Check[] {
  const [first, second] = LIBRARIES;
  const [callbacks, iterator] = STYLES;
  const pairs = [
    ...LIBRARIES.map((library) => [`${library}, ${iterator}`, `${library}, ${callbacks}`]),
    ...STYLES.map((style) => [`${second}, ${style}`, `${first}, ${style}`]),
  ] as [string, string][];
  const measures: [string, Identity['setting'], Take][] = [
    ['round trip at 100 writes/s, median', AT_100, roundTrip('p50')],
    ['CPU per write at 100 writes/s', AT_100, cpuPerWrite],
    ['CPU per write at the maximum rate', AT_MOST, cpuPerWrite],
  ];
  return pairs.flatMap(([subject, other]) =>
    measures.map(([text, setting, take]) => {
      const at = identityAt('style', setting);
      const rounds = ratiosOf(samples, at(subject), at(other), take);
      return checkOf('style')({ text: `${text} ÷ that of ${other}`, subject }, rounds);
    }),
  );
}
