/** Formats rows of a run as tables, for both the terminal and the report. */

import { ms, number, spread } from '../../../toolkit/report/figures.ts';
import type { Table } from '../../../toolkit/report/table.ts';
import type { Check } from '../summary/check.ts';
import type { Row } from '../summary/summarize.ts';
import { findRow } from '../summary/summarize.ts';
import { LABELS, settingWords, subjectName } from './labels.ts';

/** The baseline: the subject with which the others are compared. */
const BASE = 'floor';
/** Figures without a column: they are only in data.json. */
const HIDDEN_FIGURES = ['writes', 'handshakes', 'caughtUp', 'observations', 'writerNodeCpuMicrosPerWrite'];
const HIDDEN_LATENCIES = ['lateness'];
const LATENCY_HEADER = [
  'what',
  'setting',
  'subject',
  '50 %',
  '90 %',
  '99 %',
  '99.9 %',
  'max',
  '50 % and 99 % ÷ baseline',
  'samples',
  'rounds',
];

/** Returns a table of latencies and one of single figures, if the experiment has them. */
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
          subjectName(row.subject),
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
      subjectName(row.subject),
      ...names.map((name) => {
        const figure = row.figures[name];
        return figure ? spread(figure) : '';
      }),
      trust(row, names),
    ]);
  return {
    caption: 'Single figures: median of the rounds (lowest–highest)',
    header: ['setting', 'subject', ...names.map((name) => LABELS[name] ?? name), 'rounds'],
    wordColumns: 2,
    lines,
  };
}

/** Returns how many rounds count, or that the figures of these names are noisy or unstable. */
function trust({ rounds, roundsUsed, noisy, unstable }: Row, names: readonly string[]): string {
  if (noisy.length > 0) return 'noisy';
  if (names.some((name) => unstable.includes(name))) return 'unstable';
  return roundCount(roundsUsed, rounds);
}

function roundCount(used: number, of: number): string {
  return used === of ? String(of) : `${used} of ${of}`;
}

/** Formats guarantees as a table. */
export function guaranteeTable(checks: readonly Check[]): Table {
  return {
    caption:
      'Guarantees: median of the rounds’ ratios (lowest–highest); without a limit: a figure, not a guarantee',
    header: ['guarantee', 'subject', 'measured', 'baseline', 'rounds', 'limit', 'verdict'],
    wordColumns: 2,
    lines: checks.map((check) => [
      check.text,
      subjectName(check.subject),
      measured(check),
      check.floor === undefined ? '' : number(check.floor),
      check.rounds === undefined ? '' : roundCount(...check.rounds),
      check.limit === undefined ? '' : `${check.limitIs === 'most' ? '≤' : '≥'} ${check.limit}`,
      verdictWords(check),
    ]),
  };
}

function verdictWords({ verdict, why, noise }: Check): string {
  return `${verdict}${why ? `: ${why}` : ''}${noise ? `; ${noise}` : ''}`;
}

function measured({ value, range }: Check): string {
  if (value === undefined || range === undefined) return '–';
  return spread({ median: value, min: range[0], max: range[1] });
}

/** Returns why rows are noisy or unstable, one line each. */
export function trustProblems(rows: readonly Row[]): string[] {
  return rows
    .filter(({ noisy, unstable }) => noisy.length + unstable.length > 0)
    .map(({ subject, setting, noisy, unstable }) => {
      const varying = unstable.map(
        (name) => `unstable: ${LABELS[name] ?? name} varies too much between rounds`,
      );
      return `${subjectName(subject)}, ${settingWords(setting)}: ${[...noisy, ...varying].join('; ')}`;
    });
}
