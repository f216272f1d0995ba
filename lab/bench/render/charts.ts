/** Converts an experiment to charts, as data that the page draws. Pure. */
import type { Row } from '../summary/summarise.ts';
import { LABELS, subjectName } from './labels.ts';

export type Scale = 'linear' | 'log' | 'zero-log' | 'percentile';
type Point = [x: number, y: number];

interface Series {
  label: string;
  points: Point[];
}

export interface Chart {
  title: string;
  x: { label: string; scale: Scale };
  y: { label: string; scale: Scale };
  /** Whether to mark points: only for few points, not for curves. */
  marks: boolean;
  series: Series[];
}

const MS = 1000;

type Draw = (rows: readonly Row[]) => Chart[];

const DRAWINGS: Record<string, Draw> = {
  latency: (rows) => {
    const rates = distinct(rows, 'writesPerSecond');
    const at = (rate: string | number) => rows.filter(({ setting }) => setting.writesPerSecond === rate);
    return [
      ...rates.map((rate) => percentiles(`Round trip at ${rate} writes/s`, 'roundTrip', at(rate), bySubject)),
      ...rates.map((rate) => percentiles(`Write to read at ${rate} writes/s`, 'read', at(rate), bySubject)),
      ...rates.map((rate) =>
        percentiles(`Write to notification at ${rate} writes/s`, 'notification', at(rate), bySubject),
      ),
    ];
  },
  'keeping-up': (rows) => {
    const x = { label: 'writes/s reached', scale: 'log' as const };
    const draw = (title: string, name: string, scale: Scale) =>
      lines(title, x, { label: LABELS[name] ?? name, scale }, rows, bySubject, (row) => [
        row.figures.reachedPerSecond?.median,
        row.figures[name]?.median,
      ]);
    return [
      draw('Observations behind after the last write', 'lagObservations', 'zero-log'),
      draw('CPU per write', 'cpuMicrosPerWrite', 'log'),
      draw('Memory', 'memoryMb', 'linear'),
    ];
  },
  memory: (rows) => [
    lines(
      'Resident memory',
      { label: 'writes', scale: 'linear' },
      { label: 'memory, MB', scale: 'linear' },
      rows,
      bySubject,
      ({ setting, figures }) => [Number(setting.writes), figures.memoryMb?.median],
    ),
  ],
  style: (rows) => [
    percentiles('Round trip', 'roundTrip', rows, bySubject),
    lines(
      'CPU per write',
      { label: 'writes/s reached', scale: 'log' },
      { label: LABELS.cpuMicrosPerWrite ?? '', scale: 'log' },
      rows,
      bySubject,
      ({ setting, figures }) => [
        figures.reachedPerSecond?.median ?? Number(setting.writesPerSecond),
        figures.cpuMicrosPerWrite?.median,
      ],
    ),
  ],
  channel: (rows) => {
    const x = { label: 'unrelated writes/s', scale: 'zero-log' as const };
    const byBoth = ({ subject, setting }: Row) => `${subjectName(subject)}, ${setting.channel}`;
    const load = ({ setting }: Row) => Number(setting.unrelatedPerSecond);
    return [
      lines('Round trip, 99th percentile', x, { label: 'ms', scale: 'log' }, rows, byBoth, (row) => [
        load(row),
        inMs(row.latencies.roundTrip?.rounds.p99.median),
      ]),
      lines('The observer’s CPU', x, { label: '% of a core', scale: 'linear' }, rows, byBoth, (row) => [
        load(row),
        row.figures.observerCpuPercent?.median,
      ]),
    ];
  },
  observers: (rows) => {
    const x = { label: 'observers', scale: 'log' as const };
    const count = ({ setting }: Row) => Number(setting.observers);
    return [
      lines('Last observer notified, median', x, { label: 'ms', scale: 'log' }, rows, bySubject, (row) => [
        count(row),
        inMs(row.latencies.lastNotification?.rounds.p50.median),
      ]),
      lines('The node’s CPU per write', x, { label: 'µs', scale: 'log' }, rows, bySubject, (row) => [
        count(row),
        row.figures.nodeCpuMicrosPerWrite?.median,
      ]),
    ];
  },
  nodes: (rows) => {
    const x = { label: 'nodes', scale: 'linear' as const };
    const count = ({ setting }: Row) => Number(setting.nodes);
    const percentile = (name: 'p50' | 'p99') =>
      lines(
        '',
        x,
        { label: 'ms', scale: 'log' },
        rows,
        () => `${name.slice(1)}th percentile`,
        (row) => [count(row), inMs(row.latencies.arrival?.rounds[name].median)],
      ).series;
    return [
      {
        title: 'Write to notification on the last node',
        x,
        y: { label: 'ms', scale: 'log' },
        marks: true,
        series: [...percentile('p50'), ...percentile('p99')],
      },
      lines(
        'Writes that the mesh accepts',
        x,
        { label: 'writes/s', scale: 'linear' },
        rows,
        bySubject,
        (row) => [count(row), row.figures.reachedPerSecond?.median],
      ),
    ];
  },
  engines: (rows) =>
    distinctSubjects(rows).map((subject) =>
      percentiles(
        subject === 'arrival' ? 'Write to the last node' : `Round trip, ${subjectName(subject)}`,
        subject === 'arrival' ? 'arrival' : 'roundTrip',
        rows.filter((row) => row.subject === subject),
        ({ setting }) => String(setting.engine),
      ),
    ),
};

/** Returns the charts of an experiment that contain data. */
export function chartsOf(experiment: string, rows: readonly Row[]): Chart[] {
  const own = rows.filter((row) => row.experiment === experiment);
  return (DRAWINGS[experiment]?.(own) ?? []).filter(({ series }) => series.length > 0);
}

function bySubject({ subject }: Row): string {
  return subjectName(subject);
}

function percentiles(title: string, name: string, rows: readonly Row[], label: (row: Row) => string): Chart {
  return {
    title,
    x: { label: 'percentile', scale: 'percentile' },
    y: { label: 'ms', scale: 'log' },
    marks: false,
    series: rows.flatMap((row) => {
      const curve = row.latencies[name]?.curve;
      if (!curve) return [];
      const points = curve.map(([percentile, micros]): Point => [100 / (100 - percentile), micros / MS]);
      return [{ label: label(row), points }];
    }),
  };
}

/** Returns one line per label, with a point for each row that has both figures. */
function lines(
  title: string,
  x: Chart['x'],
  y: Chart['y'],
  rows: readonly Row[],
  label: (row: Row) => string,
  point: (row: Row) => [x: number | undefined, y: number | undefined],
): Chart {
  const series = new Map<string, Point[]>();
  for (const row of rows) {
    const [at, value] = point(row);
    if (at === undefined || value === undefined || Number.isNaN(at)) continue;
    series.set(label(row), [...(series.get(label(row)) ?? []), [at, value]]);
  }
  return {
    title,
    x,
    y,
    marks: true,
    series: [...series].map(([name, points]) => ({
      label: name,
      points: points.sort((a, b) => a[0] - b[0]),
    })),
  };
}

function inMs(micros: number | undefined): number | undefined {
  return micros === undefined ? undefined : micros / MS;
}

function distinct(rows: readonly Row[], name: string): (string | number)[] {
  return [...new Set(rows.flatMap(({ setting }) => setting[name] ?? []))];
}

function distinctSubjects(rows: readonly Row[]): string[] {
  const withCurves = rows.filter(({ latencies }) => Object.keys(latencies).length > 0);
  return [...new Set(withCurves.map(({ subject }) => subject))];
}
