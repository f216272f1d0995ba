/** The grammar as a table of cases: statements on one table, and their replies in both versions of RESP. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Shown, startTables, type TableNode, words } from './statements.ts';

type Case = [statement: string, reply: Shown];

const OK = '+OK';
const NO_CONDITION = '-ERR condition must be <col><op><value>';
const NO_INDEX = '-ERR search cannot be done on non-indexed column';
const NO_WORD = '-ERR expected AND/OR between conditions';
const DANGLING = '-ERR dangling operator';
const INVALID = '-ERR invalid column or type';
const NO_FIELD = '-ERR each field must be <col>=<value>';
const NO_ASSIGNMENT = '-ERR SET expects <col>=<value>';
const NO_TABLE = '-ERR table schema does not exist';
const BAD_INDEX = "-ERR index must be 'hash', 'btree', 'none' (or deprecated 'true'/'false')";
const arity = (name: string) => `-ERR wrong number of arguments for '${name}' command`;

/** Columns of the table: a and b have an index, s (text), c (number), f, and d have none. */
const SCHEMA =
  'TABLE.SCHEMA.CREATE n.t k:string a:string:hash b:integer:btree s:string c:integer f:float d:date';
const ROWS = [
  'k=1 a=x b=1 s=p c=10 f=0.5 d=2020-01-31',
  'k=2 a=x b=2 s=q c=20 f=1.5 d=2021-02-28',
  'k=3 a=y b=2 s=r c=100 f=-2 d=2021-12-01',
  'k=4 a=z b=007 s=ab>c c=120',
];

/** WHERE clauses, with the values of k in the rows that they find. */
const WHERE: Record<string, string[] | string> = {
  'a=x': ['1', '2'],
  'a=nothing': [],
  'A=x': NO_INDEX,
  'unknown=1': NO_INDEX,
  's=p': NO_INDEX,
  'c=10': NO_INDEX,
  'unknown>1': [],
  'c>10': ['2', '3', '4'],
  'c>=20': ['2', '3', '4'],
  'c<100': ['1', '2'],
  'c<=100': ['1', '2', '3'],
  'c>9': ['1', '2', '3', '4'],
  's>p': ['2', '3'],
  's<q': ['1', '4'],
  's<=ab>c': ['4'],
  'f<1': ['1', '3'],
  'f>=0.50': ['1', '2'],
  'f<1e3': ['1', '2', '3'],
  'd>2020': ['1', '2', '3'],
  'd<2021-02-28': ['1'],
  'd>=2021-02-28': ['2', '3'],
  'b=7': [],
  'b=007': ['4'],
  'b>6 AND b=7': ['4'],
  'b=2 AND a=x': ['2'],
  'a=x AND b=2': ['2'],
  'a=x and b=2': ['2'],
  'a=x Or a=z': ['1', '2', '4'],
  'a=x OR a=y OR a=z': ['1', '2', '3', '4'],
  'a=x OR a=x': ['1', '2'],
  'a=x OR b=2 AND c>10': ['2', '3'],
  'a=y OR a=x AND b=1': ['1'],
  'b=2 AND a=x OR a=z': ['2', '4'],
  'a=x AND c>10': ['2'],
  'a=x c>10': ['2'],
  'c>10 a=x': NO_WORD,
  'c>10 c<120': ['2', '3'],
  'c>10 AND c<120': ['2', '3'],
  'c<20 OR c>110': ['1', '4'],
  'b=1 OR c>110': ['1', '4'],
  'c>110 OR b=1': ['1', '4'],
  'c>110 OR b=1 OR f>1': ['1', '2', '4'],
  'c>110 OR s>p AND b=2': ['2', '3'],
  'a=x b=2': NO_WORD,
  'a=x XOR b=2': NO_CONDITION,
  'a=x AND': DANGLING,
  'c>1 OR': DANGLING,
  'AND a=x': NO_CONDITION,
  'a=x AND OR b=2': NO_CONDITION,
  'a > 1': NO_CONDITION,
  a: NO_CONDITION,
  'a=': NO_CONDITION,
  '=x': NO_CONDITION,
  '>': NO_CONDITION,
  '>=': NO_CONDITION,
  'a>=': NO_CONDITION,
  'a==x': [],
  'a!=x': NO_INDEX,
  'a<>w': [],
  'a=>w': [],
  'a=p>=q': [],
  'c>abc': ['1', '2', '3', '4'],
  'c<abc': [],
  'f>inf': [],
  'f<inf': ['1', '2', '3'],
  'f<nan': [],
  '': NO_CONDITION,
};

/** The same clauses in strict mode, where OR before a comparison filters, as in the module. */
const STRICT: Record<string, string[]> = {
  'c<20 OR c>110': [],
  'b=1 OR c>110': [],
  'a=x OR c>10': ['2'],
  'c>110 OR b=1': ['1', '4'],
  'a=x OR a=z': ['1', '2', '4'],
};

const SELECT: Case[] = [
  ['TABLE.SELECT', arity('TABLE.SELECT')],
  ['TABLE.SELECT n.none', NO_TABLE],
  ['TABLE.SELECT n', NO_TABLE],
  ['TABLE.SELECT n.t WHERE', []],
  [
    'TABLE.SELECT n.t where a=y',
    [['k', '3', 'a', 'y', 'b', '2', 's', 'r', 'c', '100', 'f', '-2', 'd', '2021-12-01']],
  ],
  ['TABLE.SELECT n.t ignored WHERE a=z', [['k', '4', 'a', 'z', 'b', '007', 's', 'ab>c', 'c', '120']]],
];

const WRITES: Case[] = [
  ['TABLE.INSERT n.t', arity('TABLE.INSERT')],
  ['TABLE.INSERT n.none a=1', NO_TABLE],
  ['TABLE.INSERT n a=1', NO_TABLE],
  ['TABLE.INSERT n.t a=new b=5', '5'],
  ['TABLE.INSERT n.t a', NO_FIELD],
  ['TABLE.INSERT n.t a=', NO_FIELD],
  ['TABLE.INSERT n.t =a', NO_FIELD],
  ['TABLE.INSERT n.t ', NO_FIELD],
  ['TABLE.INSERT n.t a>b', NO_FIELD],
  ['TABLE.INSERT n.t a>=b', NO_FIELD],
  ['TABLE.INSERT n.t a=1 b', NO_FIELD],
  ['TABLE.INSERT n.t unknown=1', INVALID],
  ['TABLE.INSERT n.t b=one c', INVALID],
  ['TABLE.INSERT n.t a==z', '6'],
  ['TABLE.SELECT n.t WHERE a==z', [['a', '=z']]],
  ['TABLE.INSERT n.t a=p>=q s=p>q=r', '7'],
  ['TABLE.INSERT n.t a=last a=first b=1 a=last', '8'],
  ['TABLE.SELECT n.t WHERE a=last', [['a', 'last', 'b', '1']]],
  ['TABLE.SELECT n.t WHERE a=first', []],
  ['TABLE.UPDATE n.t SET a=1', arity('TABLE.UPDATE')],
  ['TABLE.UPDATE n.none WHERE a=1 SET a=2', NO_TABLE],
  ['TABLE.UPDATE n.t WHERE a=x a=1', '-ERR missing SET'],
  ['TABLE.UPDATE n.t WHERE a=x SET s=new c=11', 2],
  ['TABLE.UPDATE n.t a=x SET s=newer', 2],
  ['TABLE.UPDATE n.t where s=newer set c=12', 2],
  ['TABLE.UPDATE n.t WHERE a=none SET nonsense', 0],
  ['TABLE.UPDATE n.t WHERE a=x SET nonsense', NO_ASSIGNMENT],
  ['TABLE.UPDATE n.t WHERE a=x SET a>1', NO_ASSIGNMENT],
  ['TABLE.UPDATE n.t WHERE a=x SET a=', NO_ASSIGNMENT],
  ['TABLE.UPDATE n.t WHERE a=x SET unknown=1', INVALID],
  ['TABLE.UPDATE n.t WHERE a=x SET s=1 b=one', INVALID],
  ['TABLE.UPDATE n.t WHERE a=x SET', 2],
  ['TABLE.UPDATE n.t WHERE a=x AND SET a=1', DANGLING],
  ['TABLE.UPDATE n.t WHERE a=x b=1 SET a=1', NO_WORD],
  ['TABLE.UPDATE n.t WHERE nonsense SET a=1', NO_CONDITION],
  ['TABLE.UPDATE n.t WHERE SET f=9', 8],
  ['TABLE.UPDATE n.t SET f=10 s=s', 8],
  [
    'TABLE.SELECT n.t WHERE a=x',
    [
      ['k', '1', 'a', 'x', 'b', '1', 's', 's', 'c', '12', 'f', '10', 'd', '2020-01-31'],
      ['k', '2', 'a', 'x', 'b', '2', 's', 's', 'c', '12', 'f', '10', 'd', '2021-02-28'],
    ],
  ],
  ['TABLE.DELETE n.none', NO_TABLE],
  ['TABLE.DELETE', arity('TABLE.DELETE')],
  ['TABLE.DELETE n.t b=1', '-ERR syntax error'],
  ['TABLE.DELETE n.t WEHRE a=x', '-ERR syntax error'],
  ['TABLE.DELETE n.t ignored WHERE a=x', NO_CONDITION],
  ['TABLE.DELETE n.t WHERE', 0],
  ['TABLE.DELETE n.t WHERE a=none', 0],
  ['TABLE.DELETE n.t WHERE c=12', 2],
  ['TABLE.DELETE n.t WHERE a=y OR a=z', 2],
  ['TABLE.DELETE n.t', 4],
  ['TABLE.DELETE n.t', 0],
  ['TABLE.SELECT n.t', []],
  ['TABLE.INSERT n.t a=ids-are-not-reused', '9'],
];

const SCHEMAS: Case[] = [
  ['TABLE.NAMESPACE.CREATE', arity('TABLE.NAMESPACE.CREATE')],
  ['TABLE.NAMESPACE.CREATE n n', arity('TABLE.NAMESPACE.CREATE')],
  ['TABLE.NAMESPACE.CREATE n', '-ERR namespace already exists'],
  ['TABLE.NAMESPACE.CREATE n.t', '-ERR namespace already exists'],
  [
    `TABLE.NAMESPACE.CREATE ${'n'.repeat(65)}`,
    '-ERR incorrect namespace name, it exceeds the limit of 64 characters',
  ],
  [`TABLE.NAMESPACE.CREATE ${'n'.repeat(64)}`, OK],
  [`TABLE.SCHEMA.CREATE ${'n'.repeat(64)}.${'t'.repeat(64)} a:string`, OK],
  [
    `TABLE.SCHEMA.CREATE n.${'t'.repeat(65)} a:string`,
    '-ERR incorrect table name, it exceeds the limit of 64 characters',
  ],
  [
    `TABLE.SCHEMA.CREATE ${'m'.repeat(65)}.${'t'.repeat(65)} a:string`,
    '-ERR incorrect namespace name, it exceeds the limit of 64 characters',
  ],
  ['TABLE.SCHEMA.CREATE n.u', arity('TABLE.SCHEMA.CREATE')],
  ['TABLE.SCHEMA.CREATE users a:string', '-ERR table name must be namespace.table'],
  ['TABLE.SCHEMA.CREATE none.u a:string', '-ERR namespace does not exist'],
  ['TABLE.SCHEMA.CREATE n.t a:string', '-ERR table schema already exists'],
  ['TABLE.SCHEMA.CREATE n.u a', '-ERR format: <col:type> or <col:type:index>'],
  ['TABLE.SCHEMA.CREATE n.u :string', '-ERR format: <col:type> or <col:type:index>'],
  ['TABLE.SCHEMA.CREATE n.u a:string b', '-ERR format: <col:type> or <col:type:index>'],
  ['TABLE.SCHEMA.CREATE n.u a:string:', BAD_INDEX],
  ['TABLE.SCHEMA.CREATE n.u a:string:tree', BAD_INDEX],
  ['TABLE.SCHEMA.CREATE n.u a:string:hash:', BAD_INDEX],
  ['TABLE.SCHEMA.VIEW n.u', NO_TABLE],
  [
    'TABLE.SCHEMA.CREATE n.u a:String:HASH b:Integer:btree c:float:none d:date:true e:word:false f: g:string',
    OK,
  ],
  [
    'TABLE.SCHEMA.VIEW n.u',
    [
      ['a', 'String', '+true'],
      ['b', 'Integer', '+true'],
      ['c', 'float', '+false'],
      ['d', 'date', '+true'],
      ['e', 'word', '+false'],
      ['f', '', '+false'],
      ['g', 'string', '+false'],
    ],
  ],
  ['TABLE.SCHEMA.CREATE n.twice a:string:hash a:integer', OK],
  ['TABLE.SCHEMA.VIEW n.twice', [['a', 'integer', '+true']]],
  ['TABLE.SCHEMA.CREATE n.with.dots a:string', OK],
  ['TABLE.SCHEMA.CREATE n. a:string', OK],
  ['TABLE.NAMESPACE.CREATE ', OK],
  ['TABLE.SCHEMA.CREATE .x a:string', OK],
  ['TABLE.SCHEMA.VIEW', arity('TABLE.SCHEMA.VIEW')],
  ['TABLE.SCHEMA.VIEW n.none', NO_TABLE],
  ['TABLE.NAMESPACE.VIEW n m', arity('TABLE.NAMESPACE.VIEW')],
  [
    'TABLE.NAMESPACE.VIEW',
    [':x', 'n:', 'n:t', 'n:twice', 'n:u', 'n:with.dots', `${'n'.repeat(64)}:${'t'.repeat(64)}`],
  ],
  ['TABLE.NAMESPACE.VIEW n', ['n:', 'n:t', 'n:twice', 'n:u', 'n:with.dots']],
  ['TABLE.NAMESPACE.VIEW N', []],
  ['TABLE.NAMESPACE.CREATE d.e', OK],
  ['TABLE.NAMESPACE.VIEW d', ['d:e']],
  ['TABLE.SCHEMA.CREATE d.e a:string', '-ERR namespace does not exist'],
  ['TABLE.NAMESPACE.CREATE d', OK],
  ['TABLE.SCHEMA.CREATE d.e a:string', '-ERR table schema already exists'],
];

const ALTER_SYNTAX = '-ERR syntax: ADD COLUMN col:type[:index] | ADD INDEX col | DROP INDEX col';

const ALTER: Case[] = [
  ['TABLE.SCHEMA.ALTER n.t ADD', arity('TABLE.SCHEMA.ALTER')],
  ['TABLE.SCHEMA.ALTER n.none ADD COLUMN a:string', NO_TABLE],
  ['TABLE.SCHEMA.ALTER n.t ADD COLUMN', '-ERR ADD COLUMN requires col:type[:index]'],
  ['TABLE.SCHEMA.ALTER n.t ADD COLUMN g:string h:string', '-ERR ADD COLUMN requires col:type[:index]'],
  ['TABLE.SCHEMA.ALTER n.t ADD COLUMN g', '-ERR format: col:type[:index]'],
  ['TABLE.SCHEMA.ALTER n.t ADD COLUMN g:string:x', BAD_INDEX],
  ['TABLE.SCHEMA.ALTER n.t ADD INDEX', '-ERR ADD INDEX requires column name'],
  ['TABLE.SCHEMA.ALTER n.t ADD INDEX s c', '-ERR ADD INDEX requires column name'],
  ['TABLE.SCHEMA.ALTER n.t ADD INDEX unknown', '-ERR column does not exist'],
  ['TABLE.SCHEMA.ALTER n.t ADD INDEX s:none', '-ERR column does not exist'],
  ['TABLE.SCHEMA.ALTER n.t ADD INDEX unknown:hash', '-ERR column does not exist'],
  ['TABLE.SCHEMA.ALTER n.t DROP INDEX', '-ERR DROP INDEX requires column name'],
  ['TABLE.SCHEMA.ALTER n.t DROP INDEX a b', '-ERR DROP INDEX requires column name'],
  ['TABLE.SCHEMA.ALTER n.t DROP COLUMN s', ALTER_SYNTAX],
  ['TABLE.SCHEMA.ALTER n.t RENAME COLUMN s', ALTER_SYNTAX],
  ['TABLE.SCHEMA.ALTER n.t ADD TABLE s', ALTER_SYNTAX],
  ['TABLE.SCHEMA.ALTER n.t add column g:string', OK],
  ['TABLE.UPDATE n.t WHERE a=x SET g=new', 2],
  ['TABLE.SCHEMA.ALTER n.t ADD COLUMN g:String:hash', OK],
  ['TABLE.DELETE n.t WHERE g=new AND b=1', 1],
  [
    'TABLE.SELECT n.t WHERE g=new',
    [['k', '2', 'a', 'x', 'b', '2', 's', 'q', 'c', '20', 'f', '1.5', 'd', '2021-02-28', 'g', 'new']],
  ],
  ['TABLE.SCHEMA.ALTER n.t ADD COLUMN g:string:none', OK],
  ['TABLE.SCHEMA.ALTER n.t ADD COLUMN :string', OK],
  ['TABLE.SCHEMA.ALTER n.t Add Index s', OK],
  ['TABLE.SCHEMA.ALTER n.t ADD INDEX s', OK],
  ['TABLE.SCHEMA.ALTER n.t ADD INDEX c:Hash', OK],
  ['TABLE.SCHEMA.ALTER n.t ADD INDEX f:btree', OK],
  ['TABLE.SCHEMA.ALTER n.t drop index a', OK],
  ['TABLE.SCHEMA.ALTER n.t DROP INDEX a', OK],
  ['TABLE.SCHEMA.ALTER n.t DROP INDEX unknown', OK],
  ['TABLE.SCHEMA.ALTER n.t DROP INDEX *', OK],
  ['TABLE.SELECT n.t WHERE a=y', NO_INDEX],
  [
    'TABLE.SELECT n.t WHERE s=r',
    [['k', '3', 'a', 'y', 'b', '2', 's', 'r', 'c', '100', 'f', '-2', 'd', '2021-12-01']],
  ],
  [
    'TABLE.SCHEMA.VIEW n.t',
    [
      ['k', 'string', '+false'],
      ['a', 'string', '+false'],
      ['b', 'integer', '+true'],
      ['s', 'string', '+true'],
      ['c', 'integer', '+true'],
      ['f', 'float', '+true'],
      ['d', 'date', '+false'],
      ['g', 'string', '+true'],
      ['', 'string', '+false'],
    ],
  ],
];

const IRREVERSIBLE = '-ERR This operation is irreversible, use FORCE parameter to remove the table';
const NOT_FORCE = '-ERR Invalid parameter. Use FORCE to confirm table removal';

const DROP: Case[] = [
  ['TABLE.DROP', arity('TABLE.DROP')],
  ['TABLE.DROP n.t FORCE FORCE', arity('TABLE.DROP')],
  ['TABLE.DROP n.none', NO_TABLE],
  ['TABLE.DROP n.t', IRREVERSIBLE],
  ['TABLE.DROP n.t YES', NOT_FORCE],
  ['TABLE.SCHEMA.DROP n.t', IRREVERSIBLE],
  ['TABLE.SCHEMA.DROP n.t FORCED', NOT_FORCE],
  ['TABLE.SCHEMA.CREATE n.u a:string', OK],
  ['TABLE.SCHEMA.DROP n.u force', OK],
  ['TABLE.DROP n.t Force', OK],
  ['TABLE.SELECT n.t', NO_TABLE],
  ['TABLE.SCHEMA.CREATE n.t a:string', OK],
  ['TABLE.INSERT n.t a=first', '1'],
  ['TABLE.NAMESPACE.DROP', arity('TABLE.NAMESPACE.DROP')],
  ['TABLE.NAMESPACE.DROP none', '-ERR namespace does not exist'],
  ['TABLE.NAMESPACE.DROP n.t', '-ERR namespace does not exist'],
  ['TABLE.NAMESPACE.DROP n', IRREVERSIBLE],
  ['TABLE.NAMESPACE.DROP n YES', NOT_FORCE],
  ['TABLE.NAMESPACE.DROP n FORCE', OK],
  ['TABLE.SELECT n.t', NO_TABLE],
  ['TABLE.NAMESPACE.VIEW', []],
  ['TABLE.NAMESPACE.CREATE n', OK],
];

async function fill({ call, run }: TableNode): Promise<void> {
  await call('FLUSHALL');
  await run(['TABLE.NAMESPACE.CREATE', 'n']);
  await run(words(SCHEMA));
  for (const row of ROWS) await run(['TABLE.INSERT', 'n.t', ...words(row)]);
}

async function testCases({ run }: TableNode, cases: Case[]): Promise<void> {
  for (const [statement, reply] of cases) assert.deepEqual(await run(words(statement)), reply, statement);
}

for (const protocol of [2, 3] as const) {
  test(`statements and their replies, RESP${protocol}`, async (t) => {
    const tables = await startTables(protocol);
    for (const [name, cases] of Object.entries({ SELECT, WRITES, SCHEMAS, ALTER, DROP }))
      await t.test(name, async () => {
        await fill(tables);
        await testCases(tables, cases);
      });
    await t.test('WHERE', async () => {
      await fill(tables);
      for (const [clause, found] of Object.entries(WHERE)) {
        const reply = await tables.run(words(`TABLE.SELECT n.t WHERE ${clause}`));
        assert.deepEqual(Array.isArray(reply) ? reply.map(keyOf) : reply, found, clause);
      }
    });
    await t.test('WHERE in strict mode', async () => {
      await fill(tables);
      for (const [clause, found] of Object.entries(STRICT)) {
        const reply = await tables.run(words(`TABLE.SELECT n.t WHERE ${clause}`), { strict: true });
        assert.deepEqual((reply as Shown[]).map(keyOf), found, clause);
      }
    });
  });
}

/** Returns the value of the first column. */
function keyOf(row: Shown): Shown | undefined {
  return (row as Shown[])[1];
}
