/** Rows of a run as tables, the same ones on a terminal and in the report. */
import type { Bar } from '../summary/bars.ts';
import type { Row } from '../summary/summarise.ts';
import { findRow } from '../summary/summarise.ts';
import { LABELS, ms, number, settingWords, spread } from './format.ts';

export interface Table {
  caption: string;
  header: string[];
  /** The first cells are words, the rest figures. */
  wordColumns: number;
  lines: string[][];
}

/** The observer that others are compared with. */
const BASE = 'floor';
/** Not worth a column: they are in data.json. */
const HIDDEN_FIGURES = ['writes', 'handshakes', 'caughtUp', 'observations', 'writerNodeCpuMicrosPerWrite'];
const HIDDEN_LATENCIES = ['lateness'];
const LATENCY_HEADER = [
  'what',
  'setting',
  'who',
  '50 %',
  '90 %',
  '99 %',
  '99.9 %',
  'max',
  '50 % and 99 % ÷ floor',
  'samples',
  'rounds',
];

/** A table of latencies and one of single figures, as far as the experiment has them. */
export function tablesOf(experiment: string, rows: readonly Row[]): Table[] {
  const own = rows.filter((row) => row.experiment === experiment);
  return [latencyTable(own), figureTable(own)]
    .filter(({ lines }) => lines.length > 0)
    .map(withoutEmptyColumns);
}

function withoutEmptyColumns({ header, lines, ...table }: Table): Table {
  const kept = header.map((_, i) => lines.some((line) => line[i] !== ''));
  const keep = (cells: string[]) => cells.filter((_, i) => kept[i]);
  return { ...table, header: keep(header), lines: lines.map(keep) };
}

function latencyTable(rows: readonly Row[]): Table {
  const lines = rows.flatMap((row) =>
    Object.entries(row.latencies)
      .filter(([name]) => !HIDDEN_LATENCIES.includes(name))
      .map(([name, { rounds, whole }]) => ({
        name,
        cells: [
          LABELS[name] ?? name,
          settingWords(row.setting),
          row.subject,
          spread(rounds.p50, ms),
          ms(rounds.p90.median),
          spread(rounds.p99, ms),
          ms(whole.p999),
          ms(whole.max),
          ratioToBase(rows, row, name),
          whole.count.toLocaleString('en-US'),
          trust(row, [name]),
        ],
      })),
  );
  const order = [...new Set(lines.map(({ name }) => name))];
  return {
    caption: 'Latency in milliseconds: median of the rounds (lowest–highest); 99.9 and max over all rounds',
    header: LATENCY_HEADER,
    wordColumns: 3,
    lines: lines.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name)).map(({ cells }) => cells),
  };
}

function ratioToBase(rows: readonly Row[], row: Row, name: string): string {
  const base = findRow(rows, { ...row, subject: BASE })?.latencies[name];
  const own = row.latencies[name];
  if (!base || !own || row.subject === BASE) return '';
  const [p50, p99] = (['p50', 'p99'] as const).map((percentile) =>
    number(own.rounds[percentile].median / base.rounds[percentile].median),
  );
  return `${p50} · ${p99}`;
}

function figureTable(rows: readonly Row[]): Table {
  const names = [...new Set(rows.flatMap(({ figures }) => Object.keys(figures)))].filter(
    (name) => !HIDDEN_FIGURES.includes(name),
  );
  const lines = rows
    .filter(({ figures }) => names.some((name) => figures[name] !== undefined))
    .map((row) => [
      settingWords(row.setting),
      row.subject,
      ...names.map((name) => {
        const figure = row.figures[name];
        return figure ? spread(figure) : '';
      }),
      trust(row, names),
    ]);
  return {
    caption: 'Single figures: median of the rounds (lowest–highest)',
    header: ['setting', 'who', ...names.map((name) => LABELS[name] ?? name), 'rounds'],
    wordColumns: 2,
    lines,
  };
}

/** How many rounds count, or that they do not make clean figures of these names. */
function trust({ rounds, roundsUsed, disturbed, unsteady }: Row, names: readonly string[]): string {
  if (disturbed.length > 0 || names.some((name) => unsteady.includes(name))) return 'disturbed';
  return roundCount(roundsUsed, rounds);
}

function roundCount(used: number, of: number): string {
  return used === of ? String(of) : `${used} of ${of}`;
}

/** Bars as a table. */
export function barTable(bars: readonly Bar[]): Table {
  return {
    caption: 'What the services promise: median of the rounds’ ratios (lowest–highest)',
    header: ['promise', 'who', 'measured', 'floor', 'rounds', 'limit', 'verdict'],
    wordColumns: 2,
    lines: bars.map((bar) => [
      bar.text,
      bar.subject,
      measured(bar),
      bar.floor === undefined ? '' : number(bar.floor),
      bar.rounds === undefined ? '' : roundCount(...bar.rounds),
      `${bar.limitIs === 'most' ? '≤' : '≥'} ${bar.limit}`,
      [bar.verdict, bar.why, bar.noise && `while ${bar.noise}`].filter(Boolean).join(': '),
    ]),
  };
}

function measured({ value, range }: Bar): string {
  if (value === undefined || range === undefined) return '–';
  return spread({ median: value, min: range[0], max: range[1] });
}

/** Why rows have no clean figures, one line each. */
export function disturbances(rows: readonly Row[]): string[] {
  return rows
    .filter(({ disturbed, unsteady }) => disturbed.length + unsteady.length > 0)
    .map(({ subject, setting, disturbed, unsteady }) => {
      const apart = unsteady.map((name) => `the rounds’ ${LABELS[name] ?? name} lie too far apart`);
      return `${subject}, ${settingWords(setting)}: ${[...disturbed, ...apart].join('; ')}`;
    });
}
