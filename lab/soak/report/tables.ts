/** Tables of a run for the terminal and the page. Pure. */
import { count } from '../../../toolkit/progress.ts';
import { number } from '../../../toolkit/report/figures.ts';
import type { Table } from '../../../toolkit/report/table.ts';
import { checkRun } from '../checks.ts';
import { type NodeSample, type SoakRun, stateOf } from '../record.ts';

const MB = 1e6;

export function verdictTable(run: SoakRun): Table {
  return {
    caption: 'Checks',
    header: ['check', 'process', 'verdict', 'figures'],
    wordColumns: 4,
    lines: checkRun(run).map(({ check, subject, verdict, summary }) => [check, subject, verdict, summary]),
  };
}

export function processTable(run: SoakRun): Table {
  return {
    caption: 'Processes, over the whole run',
    header: [
      'process',
      'starts',
      'memory at the start, MB',
      'at the end',
      'most',
      'CPU, % of a core',
      'descriptors',
    ],
    wordColumns: 1,
    lines: [...run.services, ...run.nodes].map((name) => processLine(run, name)),
  };
}

/** Returns a table of the services' counters at the last sample. */
export function counterTable({ samples, services }: SoakRun): Table {
  const counters = samples.at(-1)?.counters ?? {};
  const names = [...new Set(Object.values(counters).flatMap((one) => Object.keys(one)))].sort();
  return {
    caption: 'Counters of the services',
    header: ['counter', ...services],
    wordColumns: 1,
    lines: names.map((name) => [
      name,
      ...services.map((service) => {
        const value = counters[service]?.[name];
        return value === undefined ? '' : count(value);
      }),
    ]),
  };
}

function processLine({ samples }: SoakRun, name: string): string[] {
  const states = samples.map((sample) => stateOf(sample, name));
  const memory = states.flatMap(({ bytes }) => bytes ?? []).map((bytes) => bytes / MB);
  const descriptors = states.flatMap(({ descriptors }) => descriptors || []);
  const pids = new Set(states.flatMap(({ pid, bytes }) => (bytes === undefined ? [] : [pid])));
  return [
    name,
    String(pids.size),
    number(memory[0] ?? Number.NaN),
    number(memory.at(-1) ?? Number.NaN),
    number(Math.max(...memory)),
    number(
      cpuPercent(
        samples.map(({ at }) => at),
        states,
      ),
    ),
    descriptors.length > 0 ? `${Math.min(...descriptors)}–${Math.max(...descriptors)}` : '–',
  ];
}

/** Returns the mean CPU share of all pairs of samples of the same process. */
function cpuPercent(times: readonly number[], states: readonly NodeSample[]): number {
  let [used, passed] = [0, 0];
  for (const [i, { pid, cpuSeconds }] of states.entries()) {
    const before = states[i - 1];
    if (before?.pid !== pid || before?.cpuSeconds === undefined || cpuSeconds === undefined) continue;
    used += cpuSeconds - before.cpuSeconds;
    passed += (times[i] ?? 0) - (times[i - 1] ?? 0);
  }
  return (100 * used) / passed;
}
