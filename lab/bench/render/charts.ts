/** Converts an experiment to charts, as data that the page draws. Pure. */
import type { Axis, Chart, Point, Scale } from '../../../toolkit/report/chart.ts';
import type { Row } from '../summary/summarize.ts';
import { LABELS, subjectName } from './labels.ts';

/** An axis, and the figure of a row on it. */
interface Figure extends Axis {
  of(row: Row): number | undefined;
}

const MS = 1000;
const REACHED = figure('reachedPerSecond', 'log');

const DRAWINGS: Record<string, (rows: readonly Row[]) => Chart[]> = {
  latency: (rows) => {
    const rates = [...new Set(rows.flatMap(({ setting }) => setting.writesPerSecond ?? []))];
    const draw = (title: string, name: string) =>
      rates.map((rate) => {
        const own = rows.filter(({ setting }) => setting.writesPerSecond === rate);
        return percentiles(`${title} at ${rate} writes/s`, name, own);
      });
    return [
      ...draw('Round trip', 'roundTrip'),
      ...draw('Write to read', 'read'),
      ...draw('Write to notification', 'notification'),
    ];
  },
  'keeping-up': (rows) => [
    lines('Observations behind after the last write', REACHED, figure('lagObservations', 'zero-log'), rows),
    lines('CPU per write', REACHED, figure('cpuMicrosPerWrite', 'log'), rows),
    lines('Memory', REACHED, figure('memoryMb', 'linear'), rows),
  ],
  memory: (rows) => [
    lines('Resident memory', setting('writes', 'linear'), figure('memoryMb', 'linear'), rows),
  ],
  metrics: (rows) => [percentiles('Round trip', 'roundTrip', rows)],
  page: (rows) => [
    percentiles('Round trip', 'roundTrip', rows),
    lines('Memory of the monitor', setting('seconds', 'linear'), figure('memoryMb', 'linear'), rows),
  ],
  table: (rows) => {
    const single = rows.filter(({ setting }) => setting.connections === 1 && setting.inFlight === 1);
    const byBoth = (row: Row) => `${row.setting.statement}, ${bySubject(row)}`;
    const sizes = rows.filter(({ setting }) => setting.rows !== undefined);
    return [
      ...[...new Set(single.map(({ setting }) => setting.statement))].map((statement) =>
        percentiles(
          `${statement}, single`,
          'call',
          single.filter(({ setting }) => setting.statement === statement),
        ),
      ),
      lines('Median by size of the table', setting('rows', 'log'), latency('call', 'p50'), sizes, byBoth),
    ];
  },
  'table-memory': (rows) => {
    const byBoth = (row: Row) => `${row.subject}, indexed: ${row.setting.indexed}`;
    return [lines('Memory', setting('rows', 'log'), figure('bytesPerRow', 'linear'), rows, byBoth)];
  },
  style: (rows) => {
    const of = (row: Row) => REACHED.of(row) ?? Number(row.setting.writesPerSecond);
    return [
      percentiles('Round trip', 'roundTrip', rows),
      lines('CPU per write', { ...REACHED, of }, figure('cpuMicrosPerWrite', 'log'), rows),
    ];
  },
  channel: (rows) => {
    const x = setting('unrelatedPerSecond', 'zero-log');
    const byBoth = (row: Row) => `${bySubject(row)}, ${row.setting.channel}`;
    const cpu = { ...figure('observerCpuPercent', 'linear'), label: '% of a core' };
    return [
      lines('Round trip, 99th percentile', x, latency('roundTrip', 'p99'), rows, byBoth),
      lines('The observer’s CPU', x, cpu, rows, byBoth),
    ];
  },
  observers: (rows) => {
    const x = setting('observers', 'log');
    const cpu = { ...figure('nodeCpuMicrosPerWrite', 'log'), label: 'µs' };
    return [
      lines('Last observer notified, median', x, latency('lastNotification', 'p50'), rows),
      lines('The node’s CPU per write', x, cpu, rows),
    ];
  },
  nodes: (rows) => {
    const x = setting('nodes', 'linear');
    const draw = (name: 'p50' | 'p99') =>
      lines('Write to notification on the last node', x, latency('arrival', name), rows, () => {
        return `${name.slice(1)}th percentile`;
      });
    const [median, high] = [draw('p50'), draw('p99')];
    const reached = { ...figure('reachedPerSecond', 'linear'), label: 'writes/s' };
    return [
      { ...median, series: [...median.series, ...high.series] },
      lines('Writes that the mesh accepts', x, reached, rows),
    ];
  },
  engines: (rows) => {
    const withCurves = rows.filter(({ latencies }) => Object.keys(latencies).length > 0);
    return [...new Set(withCurves.map(({ subject }) => subject))].map((subject) => {
      const own = rows.filter((row) => row.subject === subject);
      const byEngine = ({ setting }: Row) => String(setting.engine);
      return subject === 'arrival'
        ? percentiles('Write to the last node', 'arrival', own, byEngine)
        : percentiles(`Round trip, ${subjectName(subject)}`, 'roundTrip', own, byEngine);
    });
  },
};

/** Returns the charts of an experiment that contain data. */
export function chartsOf(experiment: string, rows: readonly Row[]): Chart[] {
  const own = rows.filter((row) => row.experiment === experiment);
  return (DRAWINGS[experiment]?.(own) ?? []).filter(({ series }) => series.length > 0);
}

function figure(name: string, scale: Scale): Figure {
  return { label: LABELS[name] ?? name, scale, of: ({ figures }) => figures[name]?.median };
}

function setting(name: string, scale: Scale): Figure {
  return { label: LABELS[name] ?? name, scale, of: (row) => Number(row.setting[name]) };
}

function latency(name: string, percentile: 'p50' | 'p99'): Figure {
  const of = ({ latencies }: Row) => {
    const micros = latencies[name]?.rounds[percentile].median;
    return micros === undefined ? undefined : micros / MS;
  };
  return { label: 'ms', scale: 'log', of };
}

function bySubject({ subject }: Row): string {
  return subjectName(subject);
}

function percentiles(title: string, name: string, rows: readonly Row[], label = bySubject): Chart {
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
function lines(title: string, x: Figure, y: Figure, rows: readonly Row[], label = bySubject): Chart {
  const series = new Map<string, Point[]>();
  for (const row of rows) {
    const [at, value] = [x.of(row), y.of(row)];
    if (at === undefined || value === undefined || Number.isNaN(at)) continue;
    series.set(label(row), [...(series.get(label(row)) ?? []), [at, value]]);
  }
  return {
    title,
    x: { label: x.label, scale: x.scale },
    y: { label: y.label, scale: y.scale },
    marks: true,
    series: [...series].map(([name, points]) => ({
      label: name,
      points: points.sort((a, b) => a[0] - b[0]),
    })),
  };
}
