/** Conditions of the model: splits their text, and returns the ids of the rows that they select. */
import { compares, type Operator } from './model-values.ts';

export interface Table {
  /** Type of each column, in the order of definition. */
  columns: Map<string, string>;
  indexed: Set<string>;
  /** Columns and values of each row, by id. */
  rows: Map<string, Map<string, string>>;
  lastId: number;
}

/** Thrown for a statement that the server rejects. */
export class Rejected extends Error {}

interface Condition {
  column: string;
  operator: Operator;
  value: string;
}

/** Splits at the first `>=` or `<=`, otherwise at the first operator of one character. */
function conditionOf(token: string): Condition {
  const [operator] = /[<>]=/.exec(token) ?? /[=<>]/.exec(token) ?? [];
  const at = operator === undefined ? -1 : token.indexOf(operator);
  const value = token.slice(at + (operator?.length ?? 0));
  if (at < 1 || value === '') throw new Rejected('ERR condition must be <col><op><value>');
  return { column: token.slice(0, at), operator: operator as Operator, value };
}

/** Splits `column=value` at its first operator, which must be `=`. Returns `undefined` for any other text. */
export function assignmentOf(token: string): { column: string; value: string } | undefined {
  const at = /[=<>]/.exec(token)?.index ?? -1;
  if (at < 1 || token[at] !== '=' || at + 1 === token.length) return undefined;
  return { column: token.slice(0, at), value: token.slice(at + 1) };
}

const isWord = (token: string | undefined, word: string) => token?.toUpperCase() === word;

export interface Rules {
  /** Whether OR before a comparison filters, as in the module. Otherwise, each OR is a union. */
  strict: boolean;
  /** Whether `=` needs an index: SELECT. Otherwise, it reads all rows. */
  equalityNeedsIndex: boolean;
}

/** Returns the ids of the rows that match, from left to right, without precedence. @throws Rejected. */
export function matching(table: Table, tokens: readonly string[], rules: Rules): Set<string> {
  let ids: Set<string> | undefined;
  for (let at = 0; at < tokens.length; ) {
    const condition = conditionOf(tokens[at] ?? '');
    const word = tokens[at - 1];
    ids = step(table, condition, ids, word, rules);
    at += 1;
    if (isWord(tokens[at], 'AND') || isWord(tokens[at], 'OR')) {
      at += 1;
      if (at === tokens.length) throw new Rejected('ERR dangling operator');
    }
  }
  return ids ?? new Set();
}

/** Applies one condition. @param word token before the condition. */
function step(
  table: Table,
  condition: Condition,
  ids: Set<string> | undefined,
  word: string | undefined,
  { strict, equalityNeedsIndex }: Rules,
): Set<string> {
  const { column, operator, value } = condition;
  const all = () => new Set(table.rows.keys());
  if (operator === '=' && table.indexed.has(column)) {
    if (!ids) return filter(table, all(), (row) => row.get(column) === value);
    if (isWord(word, 'AND')) return filter(table, ids, passes(table, condition));
    if (!isWord(word, 'OR')) throw new Rejected('ERR expected AND/OR between conditions');
    return new Set([...ids, ...filter(table, all(), (row) => row.get(column) === value)]);
  }
  if (operator === '=' && equalityNeedsIndex)
    throw new Rejected('ERR search cannot be done on non-indexed column');
  if (ids && isWord(word, 'OR') && !strict)
    return new Set([...ids, ...filter(table, all(), passes(table, condition))]);
  return filter(table, ids ?? all(), passes(table, condition));
}

function passes(table: Table, { column, operator, value }: Condition) {
  const type = table.columns.get(column) ?? 'string';
  return (row: ReadonlyMap<string, string>) => {
    const current = row.get(column);
    return current !== undefined && compares(type, current, operator, value);
  };
}

function filter(table: Table, ids: Iterable<string>, keep: (row: Map<string, string>) => boolean) {
  return new Set([...ids].filter((id) => keep(table.rows.get(id) ?? new Map())));
}
