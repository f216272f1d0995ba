/** Checks the limits of the TABLE commands. Pure. */
import { STATEMENTS } from '../load/statements.ts';
import type { Identity, Sample } from '../sample.ts';
import { type Check, checkOf, figure, identityAt, latency } from './check.ts';
import { differencesOf, ratiosOf, valuesOf } from './ratios.ts';

const LIMITS = {
  addedMicros: 60,
  throughput: 0.75,
  microsPerRow: 2,
  /** Lookups in the largest table ÷ in the smallest: flat, except for the caches of the processor. */
  growth: 1.2,
  memory: 1.3,
};

const callMedian = latency('call', 'p50');
const callsPerSecond = figure('callsPerSecond');

/** Compares statements through the gateway with the same script without it, and tables of all sizes. */
export function tableChecks(samples: readonly Sample[]): Check[] {
  const check = checkOf('table');
  const settings = settingsOf(samples, 'table');
  const modes = settings.filter(({ statement }) => statement === STATEMENTS[0]);
  const sizes = (statement: string) => settings.filter((one) => one.statement === statement && 'rows' in one);
  const at = (setting: Identity['setting']) => identityAt('table', setting);
  return [
    ...modes.flatMap((mode) => STATEMENTS.map((statement) => modeCheck(samples, { ...mode, statement }))),
    ...modes.flatMap((mode) =>
      STATEMENTS.map((statement) => {
        const of = at({ ...mode, statement });
        const text = `${statement}, calls/s without the gateway ÷ of plain commands, ${modeWords(mode)}`;
        return check({ text, subject: 'floor' }, ratiosOf(samples, of('floor'), of('plain'), callsPerSecond));
      }),
    ),
    ...['SELECT', 'range'].map((statement) => {
      const own = sizes(statement).map((setting) => ({ rows: setting.rows, ...at(setting)('gateway') }));
      const [smallest, largest] = [own[0], own.at(-1)];
      const text = `${lookupWords(statement)}, median with ${count(largest?.rows)} rows ÷ with ${count(smallest?.rows)}`;
      const rounds = smallest && largest ? ratiosOf(samples, largest, smallest, callMedian) : [];
      return check({ text, subject: 'gateway', limit: LIMITS.growth }, rounds);
    }),
    ...sizes('scan').map((setting) => {
      const values = valuesOf(samples, at(setting)('gateway'), figure('microsPerRow'));
      const text = `scan of ${count(setting.rows)} rows, µs per row`;
      return check({ text, subject: 'gateway', limit: LIMITS.microsPerRow }, [...values.values()]);
    }),
  ];
}

/** A single call has a limit in microseconds, a pipeline one of its throughput. */
function modeCheck(samples: readonly Sample[], setting: Identity['setting']): Check {
  const check = checkOf('table');
  const at = identityAt('table', setting);
  const [gateway, floor] = [at('gateway'), at('floor')];
  const { statement, connections, inFlight } = setting;
  const subject = 'gateway';
  if (connections === 1 && inFlight === 1) {
    const text = `${statement}, median of a single call − without the gateway, µs`;
    return check(
      { text, subject, limit: LIMITS.addedMicros },
      differencesOf(samples, gateway, floor, callMedian),
    );
  }
  const text = `${statement}, calls/s ÷ without the gateway, ${modeWords(setting)}`;
  const rounds = ratiosOf(samples, gateway, floor, callsPerSecond);
  // Without pipelining, the rate follows from the latency.
  if (inFlight === 1) return check({ text, subject }, rounds);
  return check({ text, subject, limit: LIMITS.throughput, limitIs: 'least' }, rounds);
}

function modeWords({ connections, inFlight }: Identity['setting']): string {
  const load = inFlight === 1 ? 'single' : `${inFlight} in flight on each`;
  return connections === 1 ? load.replace(' on each', '') : `${connections} connections, ${load}`;
}

function lookupWords(statement: string): string {
  return statement === 'SELECT' ? 'lookup by index' : 'lookup by range';
}

/** Compares a table with plain hashes that have the same indexes. */
export function tableMemoryChecks(samples: readonly Sample[]): Check[] {
  const check = checkOf('table-memory');
  return settingsOf(samples, 'table-memory').flatMap((setting) => {
    const at = identityAt('table-memory', setting);
    const compare = (subject: string, words: string, limit?: number) => {
      const text = `memory of ${count(setting.rows)} rows, indexed: ${setting.indexed} ÷ of plain hashes with ${words}`;
      const rounds = ratiosOf(samples, at('table'), at(subject), figure('bytesPerRow'));
      return check({ text, subject: 'table', ...(limit !== undefined && { limit }) }, rounds);
    };
    const setsOnly = compare('plain, sets only', 'the same sets, but without sorted sets');
    return [
      compare('plain', 'the same indexes', LIMITS.memory),
      ...(setsOnly.value === undefined ? [] : [setsOnly]),
    ];
  });
}

function count(value: string | number | undefined): string {
  return Number(value).toLocaleString('en-US');
}

/** Returns the settings of an experiment in the order of their measurement. */
function settingsOf(samples: readonly Sample[], experiment: string): Identity['setting'][] {
  const own = samples.filter((sample) => sample.experiment === experiment);
  const texts = new Set(own.map(({ setting }) => JSON.stringify(setting)));
  return [...texts].map((text) => JSON.parse(text) as Identity['setting']);
}
