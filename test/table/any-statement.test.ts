/** Sends random arguments to every command. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { commands } from '../../table/commands.ts';
import { ReplyError } from '../../toolkit/node/resp.ts';
import { callOf, startTables, words } from './statements.ts';

const SEED = 20_240_905;
const { call, node } = await startTables();

const names = fc.constantFrom('n', 'm', 'n.t', 'n.u', 'm.t', 'n.*', 'd.e', '', '.');
const columns = fc.constantFrom('i', 'f', 'd', 's', 'none', '*', '', 'i>');
const values = fc.oneof(
  fc.constantFrom(
    '1',
    '-9223372036854775809',
    '1e400',
    'nan',
    '-inf',
    '.',
    '2020-01-01',
    '2020',
    '',
    '%d%s',
    '\0',
    '[',
    '%',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const operators = fc.constantFrom('=', '<', '>', '<=', '>=', '==', ':', '');
const condition = fc.tuple(columns, operators, values).map((parts) => parts.join(''));
const definition = fc
  .tuple(
    columns,
    fc.constantFrom('integer', 'float', 'date', 'string', ''),
    fc.constantFrom('', ':hash', ':none', ':'),
  )
  .map(([column, type, index]) => `${column}:${type}${index}`);
const keyword = fc.constantFrom(
  'WHERE',
  'SET',
  'AND',
  'OR',
  'ADD',
  'DROP',
  'COLUMN',
  'INDEX',
  'FORCE',
  'SELECT',
  'update',
);
const argument = fc.oneof({ weight: 3, arbitrary: condition }, keyword, definition, columns, names, values);
const statement = fc
  .tuple(fc.constantFrom(...commands.map(({ name }) => name)), names, fc.array(argument, { maxLength: 8 }))
  .map(([name, first, rest]) => [name, first, ...rest]);
/** Statements that often succeed, so that there are tables and rows. */
const usual = fc.oneof(
  fc.constant(words('TABLE.NAMESPACE.CREATE n')),
  fc.constant(words('TABLE.SCHEMA.CREATE n.t i:integer:hash f:float:hash d:date:hash s:string:hash')),
  fc.array(condition, { minLength: 1, maxLength: 3 }).map((fields) => ['TABLE.INSERT', 'n.t', ...fields]),
  fc
    .array(condition, { minLength: 1, maxLength: 3 })
    .map((found) => ['TABLE.SELECT', 'n.t', 'WHERE', ...found]),
  condition.map((set) => ['TABLE.UPDATE', 'n.t', 'i>0', 'OR', 'd<3', 'SET', set]),
  fc.constant(words('TABLE.INSERT n.t i=5 f=0.5 d=2020-01-31 s=x')),
);

test('no arguments make a script fail: each error is one of a statement', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(statement, usual), { minLength: 20, maxLength: 60 }),
      fc.boolean(),
      async (statements, strict) => {
        await call('FLUSHALL');
        const replies = await node.batch(statements.map((one) => callOf(one, { strict, limit: 1_000 })));
        for (const [i, reply] of replies.entries())
          if (reply instanceof ReplyError)
            assert.doesNotMatch(reply.message, /^(?!ERR )|script/, statements[i]?.join(' '));
      },
    ),
    { seed: SEED, numRuns: 100 },
  );
});
