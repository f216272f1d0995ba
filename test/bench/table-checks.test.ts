/** Tests which limits of the TABLE commands are checked, on which figures, and with which verdicts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample } from '../../lab/bench/sample.ts';
import { checkGuarantees } from '../../lab/bench/summary/guarantees.ts';
import { encode } from '../../lab/bench/summary/histogram.ts';
import { figures } from './samples.ts';

const STATEMENTS = ['INSERT', 'SELECT', 'UPDATE', 'DELETE'];
const SINGLE = { connections: 1, inFlight: 1 };
const PIPELINED = { connections: 50, inFlight: 20 };

function called(subject: string, setting: Sample['setting'], micros: number, values = {}): Sample {
  const sample = figures('table', subject, setting, values);
  return { ...sample, latencies: { call: encode([micros]) } };
}

/** Samples of all statements, and of tables with 10 and 1,000 rows. */
function samplesOf(added: number, share: number, growth: number, microsPerRow: number): Sample[] {
  const sized = (statement: string, rows: number, micros: number) =>
    ['floor', 'gateway'].map((subject) => called(subject, { statement, rows }, micros, { microsPerRow }));
  return [
    ...[SINGLE, PIPELINED].flatMap((mode) =>
      STATEMENTS.flatMap((statement) => [
        called('floor', { statement, ...mode }, 100, { callsPerSecond: 100 }),
        called('gateway', { statement, ...mode }, 100 + added, { callsPerSecond: 100 * share }),
        called('plain', { statement, ...mode }, 50, { callsPerSecond: 200 }),
      ]),
    ),
    ...['SELECT', 'range'].flatMap((statement) => [
      ...sized(statement, 10, 100),
      ...sized(statement, 1_000, 100 * growth),
    ]),
    ...sized('scan', 10, 100),
    ...sized('scan', 1_000, 100),
  ];
}

function lines(samples: readonly Sample[]): string[] {
  return checkGuarantees(samples).map(({ text, subject, value = Number.NaN, limit, limitIs, verdict }) =>
    [
      `${subject}: ${text}`,
      Number(value.toFixed(3)),
      limit === undefined ? verdict : `${limitIs} ${limit}: ${verdict}`,
    ].join(' | '),
  );
}

test('table: limits are met at their values', () => {
  assert.deepEqual(lines(samplesOf(60, 0.75, 1.2, 2)), [
    ...STATEMENTS.map(
      (name) => `gateway: ${name}, median of a single call − without the gateway, µs | 60 | most 60: met`,
    ),
    ...STATEMENTS.map(
      (name) =>
        `gateway: ${name}, calls/s ÷ without the gateway, 50 connections, 20 in flight on each | 0.75 | least 0.75: met`,
    ),
    ...STATEMENTS.map(
      (name) => `floor: ${name}, calls/s without the gateway ÷ of plain commands, single | 0.5 | figure`,
    ),
    ...STATEMENTS.map(
      (name) =>
        `floor: ${name}, calls/s without the gateway ÷ of plain commands, 50 connections, 20 in flight on each | 0.5 | figure`,
    ),
    'gateway: lookup by index, median with 1,000 rows ÷ with 10 | 1.2 | most 1.2: met',
    'gateway: lookup by range, median with 1,000 rows ÷ with 10 | 1.2 | most 1.2: met',
    'gateway: scan of 10 rows, µs per row | 2 | most 2: met',
    'gateway: scan of 1,000 rows, µs per row | 2 | most 2: met',
  ]);
});

test('table: values beyond the limits are not met', () => {
  const verdicts = checkGuarantees(samplesOf(61, 0.74, 1.21, 2.01)).map(({ verdict }) => verdict);
  assert.deepEqual(verdicts, [
    ...Array(8).fill('not met'),
    ...Array(8).fill('figure'),
    ...Array(4).fill('not met'),
  ]);
});

test('table: a missing subject is reported as not measured', () => {
  const samples = samplesOf(60, 0.75, 1.2, 2).filter(({ subject }) => subject !== 'floor');
  const verdicts = checkGuarantees(samples).map(({ verdict }) => verdict);
  assert.deepEqual(verdicts, [...Array(16).fill('not measured'), ...Array(4).fill('met')]);
});

test('table-memory: compares a table with plain hashes that have the same indexes', () => {
  const pair = (rows: number, indexed: string, bytesPerRow: number) => [
    figures('table-memory', 'table', { rows, indexed }, { bytesPerRow }),
    figures('table-memory', 'plain', { rows, indexed }, { bytesPerRow: 100 }),
  ];
  const setsOnly = figures(
    'table-memory',
    'plain, sets only',
    { rows: 1_000, indexed: 'dates' },
    { bytesPerRow: 50 },
  );
  assert.deepEqual(lines([...pair(10, 'none', 130), ...pair(1_000, 'dates', 131), setsOnly]), [
    'table: memory of 10 rows, indexed: none ÷ of plain hashes with the same indexes | 1.3 | most 1.3: met',
    'table: memory of 1,000 rows, indexed: dates ÷ of plain hashes with the same indexes | 1.31 | most 1.3: not met',
    'table: memory of 1,000 rows, indexed: dates ÷ of plain hashes with the same sets, but without sorted sets | 2.62 | figure',
  ]);
});
