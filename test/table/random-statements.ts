/** Random sequences of statements. Few names and values, so that statements meet the same rows, columns, and values. */
import fc from 'fast-check';
import type { Statement } from './raw-client.ts';

const TOO_LONG = 'a'.repeat(65);
const LONGEST = 'b'.repeat(64);

const namespace = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('n', 'm') },
  { weight: 1, arbitrary: fc.constantFrom('', 'N', 'n.w', 'w.w', LONGEST, TOO_LONG, '\u00e4 {}') },
);
const table = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom('n.t') },
  { weight: 6, arbitrary: fc.constantFrom('n.u', 'm.t') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        'n.a.b',
        'n.',
        'n',
        'n.w',
        'none.t',
        `${LONGEST}.${LONGEST}`,
        `n.${TOO_LONG}`,
        `${TOO_LONG}.${TOO_LONG}`,
      ],
    ),
  },
);

/** Columns of the table in `PREPARED` by the initial of their type, and columns that it does not have. */
const column = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('i', 'j', 'f', 'g', 'd', 'e', 's', 'r') },
  { weight: 1, arbitrary: fc.constantFrom('x', 'I', '*', 'a!', '\0', '\u00ff\u00fe') },
);
const type = fc.constantFrom('integer', 'float', 'date', 'string', 'INTEGER', 'Float', 'Date', 'word', '');
const index = fc.constantFrom('', '', ':hash', ':btree', ':none', ':HASH', ':true', ':false', ':other', ':');

const VALUES = {
  i: ['0', '1', '2', '3', '10', '-1', '+1', '-0', '007', '9007199254740992', '9007199254740993'],
  j: [
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775808',
    '-99999999999999999999',
    '9223372036854775806',
  ],
  f: ['0', '-0', '1', '1.0', '.5', '0.5', '5.', '-1.25', '.', '-.', '+3', '12345678901234567890.5'],
  g: [
    '1e3',
    '-1e-3',
    'inf',
    '-inf',
    'nan',
    '0x10',
    '0x1.8p1',
    '1e400',
    '-1e400',
    ' 1',
    '1x',
    '1e',
    '0x',
    'infx',
    'nano',
    '-',
  ],
  d: ['2024-01-01', '2024-02-30', '2024-12-31', '9999-99-99', '0000-00-00', '2023-12-31'],
  e: ['2024', '2024-1-1', '2024-01-01x', '2024-01-0:', '20240101', '2024-01', '-', '2024-02-3'],
  s: ['a', 'b', 'A', 'aa', 'a b', '\u00c3\u00a4', '1', 'AND', 'WHERE', 'SET', 'idx:a'],
  r: ['\0', 'a\0', 'a\0b', '\u00ff', '=', 'p>=q', 'p<q', '=z', '"', '\r\n', LONGEST, '*', '{', '}'],
};
type Name = keyof typeof VALUES;
const anyValue = fc.constantFrom(...Object.values(VALUES).flat());

/** Mostly values that fit the prepared type of the column. */
function valueFor(name: string): fc.Arbitrary<string> {
  const fitting = VALUES[name as Name] ?? VALUES.s;
  return fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...fitting) }, { weight: 1, arbitrary: anyValue });
}

const odd = fc.constantFrom(
  '',
  'i',
  '=',
  'i=',
  '=1',
  '>1',
  'i>',
  'i>=',
  's=p>=q',
  'i==1',
  'i<>1',
  'i=>1',
  'i!=1',
);
const assignment = fc.oneof(
  { weight: 20, arbitrary: column.chain((name) => valueFor(name).map((value) => `${name}=${value}`)) },
  { weight: 1, arbitrary: odd },
);
const operator = fc.constantFrom('=', '=', '=', '<', '>', '<=', '>=');
const comparison = column.chain((name) =>
  fc.tuple(operator, valueFor(name)).map(([sign, value]) => `${name}${sign}${value}`),
);
const condition = fc.oneof({ weight: 30, arbitrary: comparison }, { weight: 1, arbitrary: odd });
const word = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('AND', 'OR', 'and', 'Or') },
  { weight: 1, arbitrary: fc.constantFrom('XOR', '', 'WHERE') },
);
const conditions = fc
  .tuple(condition, fc.array(fc.tuple(fc.option(word, { freq: 20 }), condition), { maxLength: 3 }))
  .map(([first, more]) => [
    first,
    ...more.flatMap(([one, other]) => (one === null ? [other] : [one, other])),
  ]);
const where = fc.oneof(
  { weight: 12, arbitrary: conditions.map((tokens) => ['WHERE', ...tokens]) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.constantFrom<string[]>([], ['WHERE'], ['junk'], ['i=1']),
      conditions.map((tokens) => ['where', ...tokens, 'AND']),
      conditions.map((tokens) => ['junk', 'WHERE', ...tokens]),
    ),
  },
);

const definition = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.tuple(column, type, index).map(([name, kind, rest]) => `${name}:${kind}${rest}`),
  },
  { weight: 1, arbitrary: fc.constantFrom('', 's', ':string', 's:', 's:string:hash:x', '::') },
);
const assignments = fc.array(assignment, { minLength: 1, maxLength: 5 });
const force = fc.constantFrom<string[]>(['FORCE'], ['force'], [], ['NO'], ['FORCE', 'FORCE']);
const change = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(column, type, index)
      .map(([name, kind, rest]) => ['ADD', 'COLUMN', `${name}:${kind}${rest}`]),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(column, fc.constantFrom('', '', ':hash', ':BTREE', ':none'))
      .map(([name, kind]) => ['ADD', 'INDEX', `${name}${kind}`]),
  },
  { weight: 3, arbitrary: column.map((name) => ['drop', 'index', name]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<string[][]>(
      ['DROP', 'COLUMN', 's'],
      ['ADD', 'INDEX'],
      ['ADD', 'COLUMN', 's:a', 'x'],
      ['x', 'y', 'z'],
    ),
  },
);

const on = (name: string, ...rest: fc.Arbitrary<string[]>[]): fc.Arbitrary<Statement> =>
  fc
    .tuple(fc.mixedCase(fc.constant(name)), table, ...rest)
    .map(([command, target, ...tokens]) => [command, target, ...tokens.flat()]);

/** One random statement, mostly on the table `n.t` of `PREPARED`. */
export const statement: fc.Arbitrary<Statement> = fc.oneof(
  { weight: 1, arbitrary: namespace.map((name) => ['TABLE.NAMESPACE.CREATE', name]) },
  {
    weight: 1,
    arbitrary: fc.option(namespace).map((name) => ['TABLE.NAMESPACE.VIEW', ...(name === null ? [] : [name])]),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(namespace, force).map(([name, words]) => ['TABLE.NAMESPACE.DROP', name, ...words]),
  },
  { weight: 2, arbitrary: on('TABLE.SCHEMA.CREATE', fc.array(definition, { maxLength: 4 })) },
  { weight: 2, arbitrary: on('TABLE.SCHEMA.VIEW') },
  { weight: 8, arbitrary: on('TABLE.SCHEMA.ALTER', change) },
  { weight: 24, arbitrary: on('TABLE.INSERT', assignments) },
  { weight: 24, arbitrary: on('TABLE.SELECT', where) },
  {
    weight: 12,
    arbitrary: fc.oneof(
      on('TABLE.UPDATE', where, fc.constant(['SET']), assignments),
      on('TABLE.UPDATE', conditions, fc.constant(['set']), assignments),
      on('TABLE.UPDATE', where, fc.constantFrom([], ['SET'])),
    ),
  },
  { weight: 8, arbitrary: on('TABLE.DELETE', where) },
  { weight: 1, arbitrary: on('TABLE.DROP', force) },
  { weight: 1, arbitrary: on('TABLE.SCHEMA.DROP', force) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ['TABLE.INSERT'],
      ['table.select'],
      ['TABLE.DROP', 'n.t', 'FORCE', 'x'],
      ['TABLE.Update', 'n.t', 'SET', 'i=1'],
    ),
  },
);

/** A table with a column of each type without and with an index. */
export const PREPARED: Statement[] = [
  ['TABLE.NAMESPACE.CREATE', 'n'],
  [
    'TABLE.SCHEMA.CREATE',
    'n.t',
    ...[
      'i:integer',
      'j:integer:hash',
      'f:float',
      'g:string',
      'd:date:btree',
      'e:string',
      's:string:hash',
      'r:string',
    ],
  ],
];

/** A prepared table with enough rows for ids of two digits, then random statements. */
export const statements = fc
  .tuple(
    fc.array(assignments, { minLength: 12, maxLength: 12 }),
    fc.array(statement, { minLength: 1, maxLength: 40, size: 'max' }),
  )
  .map(([rows, random]) => [...PREPARED, ...rows.map((row) => ['TABLE.INSERT', 'n.t', ...row]), ...random]);
