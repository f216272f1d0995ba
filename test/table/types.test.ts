/** Types: the values that each accepts, and how each compares. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startColumn } from './one-column.ts';
import { words } from './statements.ts';

const { found, run, tableOf } = await startColumn();

const OPERATORS = ['<', '<=', '>', '>='] as const;

/** Returns whether a comparison holds, by the order of two values. */
function holds(order: number, operator: (typeof OPERATORS)[number]): boolean {
  if (order === 0) return operator.length === 2;
  return order < 0 === operator.startsWith('<');
}

/**
 * Expects the same rows for every comparison of two values, with and without an index.
 * @param orderOf returns the sign of the order, or NaN if no comparison holds.
 */
async function compareAll(
  type: string,
  values: readonly string[],
  queries: readonly string[],
  orderOf: (value: string, query: string) => number,
): Promise<void> {
  await tableOf(type, values);
  for (const index of ['scan', 'range'] as const) {
    if (index === 'range') await run(words('TABLE.SCHEMA.ALTER n.t ADD INDEX v'));
    for (const query of queries)
      for (const operator of OPERATORS) {
        const expected = values.filter((value) => {
          const order = orderOf(value, query);
          return !Number.isNaN(order) && holds(order, operator);
        });
        assert.deepEqual(
          await found(`v${operator}${query}`),
          expected.sort(),
          `${index} v${operator}${query}`,
        );
      }
  }
}

const INTEGERS = [
  ...['0', '-0', '+5', '007', '-12', '9007199254740992', '9007199254740993', '-9007199254740993'],
  ...[
    '9223372036854775806',
    '9223372036854775807',
    '9223372036854775808',
    '99999999999999999999999',
    '11111111111111111111111',
  ],
  ...['-9223372036854775807', '-9223372036854775808', '-9223372036854775809', '000000000000000000000000001'],
];

function int64(text: string): bigint {
  const digits = /^\s*[+-]?\d+/.exec(text)?.[0].trim() ?? '0';
  const value = BigInt(digits.replace(/^[+-]/, '')) * (digits.startsWith('-') ? -1n : 1n);
  const highest = 2n ** 63n;
  if (value >= highest) return highest - 1n;
  return value < -highest ? -highest : value;
}

test('compares integers of 64 bits exactly, and saturates', async () => {
  const queries = [...INTEGERS, 'abc', ' 5', '5x', '1e3', '0x10', '-', '+-5'];
  await compareAll('integer', INTEGERS, queries, (value, query) => {
    const [one, other] = [int64(value), int64(query)];
    return one < other ? -1 : one > other ? 1 : 0;
  });
});

test('compares floats like strtod', async () => {
  const queries: Record<string, number> = {
    '0': 0,
    '.5': 0.5,
    '-1.50': -1.5,
    '1e3': 1000,
    '1e': 1,
    '1e+x': 1,
    '0x10': 16,
    '0x1p4': 16,
    '0x1p': 1,
    '0x': 0,
    '0xg': 0,
    ' 7': 7,
    '7 apples': 7,
    abc: 0,
    inf: Infinity,
    '-INFINITY': -Infinity,
    information: Infinity,
    nan: Number.NaN,
    '-nanny': Number.NaN,
    '9007199254740993': 9007199254740992,
    '-': 0,
    '..5': 0,
    '1.5.5': 1.5,
  };
  const values = ['0', '.', '-.', '5.', '.5', '-1.5', '+16', '1000.25', '9007199254740993', '1'.repeat(400)];
  const number = (text: string) => (/\d/.test(text) ? Number(text) : 0);
  await compareAll(
    'float',
    values,
    Object.keys(queries),
    (value, query) =>
      Math.sign(number(value) - (queries[query] ?? 0)) || (number(value) === queries[query] ? 0 : Number.NaN),
  );
});

test('compares dates as text', async () => {
  const values = ['0000-00-00', '2020-01-31', '2020-02-01', '2021-12-31', '9999-99-99'];
  const queries = [
    ...values,
    '2020',
    '2020-',
    '2020-01',
    '20',
    '2',
    '3',
    '2020-01-31T00:00',
    '2020/01/31',
    'x',
    '-',
  ];
  await compareAll('date', values, queries, (value, query) =>
    Math.sign(Buffer.compare(Buffer.from(value), Buffer.from(query))),
  );
});

test('compares strings as bytes', async () => {
  const values = [
    'a',
    'B',
    'ä',
    'ab',
    'abc',
    'abcd',
    'abcde',
    'Z',
    '-',
    '~',
    '0',
    '10',
    '9',
    'abcdefghij',
    'abcdefghik',
  ];
  const queries = [...values, 'abcdefgh', 'é'];
  await compareAll('string', values, queries, (value, query) =>
    Math.sign(Buffer.compare(Buffer.from(value), Buffer.from(query))),
  );
});

test('accepts the values of each type, and no others', async () => {
  const accepted: Record<string, string[]> = {
    integer: ['1', '+1', '-1', '007', '9'.repeat(30)],
    float: ['1', '.', '-.', '5.', '.5', '+5.5', '-0'],
    date: ['2020-01-01', '9999-99-99'],
    INTEGER: ['12'],
    string: ['x', ' ', '\0'],
    word: ['anything'],
  };
  const rejected: Record<string, string[]> = {
    integer: ['+', '-', '1.0', '1e3', ' 1', '1 ', '0x1', '--1', '1\n', '1\0'],
    float: ['+', '1e3', 'inf', 'nan', '0x1', '1.1.1', ' 1', '1.\n'],
    date: ['2020-1-01', '2020-01-011', '20200101', '2020/01/01', 'abcd-ef-gh'],
    Date: ['x'],
  };
  for (const [cases, reply] of [
    [accepted, /^\d+$/],
    [rejected, /^-ERR invalid column or type$/],
  ] as const)
    for (const [type, values] of Object.entries(cases)) {
      await tableOf(type, []);
      for (const value of values)
        assert.match(String(await run(['TABLE.INSERT', 'n.t', `v=${value}`])), reply, `${type} ${value}`);
      await run(words('TABLE.DROP n.t FORCE'));
    }
});
