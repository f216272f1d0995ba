/** Converts the record of a run to charts over time. Pure. */
import type { Chart, Point, Series } from '../../../toolkit/report/chart.ts';
import { type NodeSample, type SoakRun, stateOf } from '../record.ts';

const [MINUTE, MB] = [60, 1e6];
/** Shorter intervals would show single garbage collections and snapshots. */
const CPU_SECONDS = 30;

type Pick = (sample: NodeSample) => number | undefined;

/** Returns the charts in the order of the page. */
export function chartsOf(run: SoakRun): Chart[] {
  const { services, nodes } = run;
  const processes = (title: string, label: string, names: readonly string[], of: Pick) =>
    chart(
      run,
      title,
      label,
      names.map((name) => series(run, name, of)),
    );
  const cpu = (title: string, names: readonly string[]) =>
    chart(
      run,
      title,
      '% of a core',
      names.map((name) => cpuSeries(run, name)),
    );
  return [
    processes(
      'Live memory of the services, after garbage collections',
      'MB',
      services,
      ({ liveBytes }) => liveBytes && liveBytes / MB,
    ),
    processes('Resident memory of the services', 'MB', services, ({ bytes }) => bytes && bytes / MB),
    processes('Resident memory of the nodes', 'MB', nodes, ({ bytes }) => bytes && bytes / MB),
    processes('Resident memory of the nodes without the data in their backlogs', 'MB', nodes, withoutBacklog),
    processes(
      'Memory that the nodes have requested',
      'MB',
      nodes,
      ({ usedBytes }) => usedBytes && usedBytes / MB,
    ),
    cpu('CPU of the services', services),
    cpu('CPU of the nodes', nodes),
    processes('Open descriptors', 'descriptors', [...services, ...nodes], ({ descriptors }) => descriptors),
    processes('Snapshots on disk', 'bytes', nodes, ({ snapshotBytes }) => snapshotBytes),
    ...counterCharts(run),
  ].filter(({ series: drawn }) => drawn.length > 0);
}

function withoutBacklog({ bytes, backlogBytes }: NodeSample): number | undefined {
  return bytes === undefined || backlogBytes === undefined ? undefined : (bytes - backlogBytes) / MB;
}

function chart({ incidents }: SoakRun, title: string, label: string, drawn: Series[]): Chart {
  return {
    title,
    x: { label: 'minutes', scale: 'linear' },
    y: { label, scale: 'linear' },
    marks: false,
    // The position in the list of processes, so that a process has one color in all charts.
    series: drawn.map((one, color) => ({ ...one, color })).filter(({ points }) => points.length > 0),
    events: incidents.filter(({ kind }) => kind === 'killed').map(({ at }) => round(at / MINUTE)),
  };
}

function series({ samples }: SoakRun, name: string, of: Pick): Series {
  const points = samples.flatMap((sample): Point[] => {
    const value = of(stateOf(sample, name));
    return value ? [[round(sample.at / MINUTE), round(value)]] : [];
  });
  return { label: name, points };
}

/** Returns the CPU share between samples of the same process. */
function cpuSeries({ samples }: SoakRun, name: string): Series {
  const points: Point[] = [];
  let from: { at: number; pid?: number; cpuSeconds?: number } | undefined;
  for (const sample of samples) {
    const now = { at: sample.at, ...stateOf(sample, name) };
    if (from?.pid !== now.pid || from?.cpuSeconds === undefined) from = now;
    else if (now.cpuSeconds !== undefined && now.at - from.at >= CPU_SECONDS) {
      const percent = (100 * (now.cpuSeconds - from.cpuSeconds)) / (now.at - from.at);
      points.push([round(now.at / MINUTE), round(percent)]);
      from = now;
    }
  }
  return { label: name, points };
}

/** Returns one chart for each counter that changes. */
function counterCharts(run: SoakRun): Chart[] {
  const names = new Set(
    run.samples.flatMap(({ counters }) => Object.values(counters).flatMap((one) => Object.keys(one))),
  );
  return [...names].sort().map((name) => {
    const drawn = run.services.map((service): Series => {
      const points = run.samples.flatMap(({ at, counters }): Point[] => {
        const value = counters[service]?.[name];
        return value === undefined ? [] : [[round(at / MINUTE), value]];
      });
      return { label: service, points };
    });
    const changed = drawn.some(({ points }) => (points.at(-1)?.[1] ?? 0) > 0);
    return chart(run, name, 'total', changed ? drawn : []);
  });
}

/** Rounds to three decimals: the page contains thousands of points. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
