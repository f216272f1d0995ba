/** Statements of the model on one table. */
import { accepts } from './model-values.ts';
import { assignmentOf, matching, Rejected, type Table } from './model-where.ts';

export type Reply = string | number | { simple: string } | Reply[];

export const OK = { simple: 'OK' };

const INDEXED: Record<string, boolean> = { hash: true, btree: true, true: true, none: false, false: false };

interface Column {
  column: string;
  type: string;
  indexed: boolean;
}

/** Parses `column:type[:index]`. @param format error for another text. */
function columnOf(text: string, format: string): Column {
  const [column = '', type, ...index] = text.split(':');
  if (type === undefined) throw new Rejected(format);
  const indexed = index.length === 0 ? false : INDEXED[index.join(':').toLowerCase()];
  if (indexed === undefined)
    throw new Rejected("ERR index must be 'hash', 'btree', 'none' (or deprecated 'true'/'false')");
  return { column, type, indexed };
}

/** Returns the columns of a new table. @throws Rejected for the first invalid definition. */
export function columnsOf(definitions: readonly string[]): Pick<Table, 'columns' | 'indexed'> {
  const format = 'ERR format: <col:type> or <col:type:index>';
  const table = { columns: new Map<string, string>(), indexed: new Set<string>() };
  for (const text of definitions) {
    if (text.startsWith(':')) throw new Rejected(format);
    define(table, columnOf(text, format));
  }
  return table;
}

function define(table: Pick<Table, 'columns' | 'indexed'>, { column, type, indexed }: Column): void {
  table.columns.set(column, type);
  if (indexed) table.indexed.add(column);
}

export function viewTable({ columns, indexed }: Table): Reply {
  return [...columns].map(([column, type]) => [column, type, { simple: String(indexed.has(column)) }]);
}

export function alter(table: Table, [verb = '', what = '', ...rest]: string[]): Reply {
  const action = `${verb} ${what}`.toUpperCase();
  const [text = ''] = rest;
  if (action === 'ADD COLUMN') {
    if (rest.length !== 1) throw new Rejected('ERR ADD COLUMN requires col:type[:index]');
    define(table, columnOf(text, 'ERR format: col:type[:index]'));
  } else if (action === 'ADD INDEX') {
    if (rest.length !== 1) throw new Rejected('ERR ADD INDEX requires column name');
    const column = table.columns.has(text) ? text : text.replace(/:(hash|btree)$/i, '');
    if (!table.columns.has(column)) throw new Rejected('ERR column does not exist');
    table.indexed.add(column);
  } else if (action === 'DROP INDEX') {
    if (rest.length !== 1) throw new Rejected('ERR DROP INDEX requires column name');
    table.indexed.delete(text);
  } else {
    throw new Rejected('ERR syntax: ADD COLUMN col:type[:index] | ADD INDEX col | DROP INDEX col');
  }
  return OK;
}

/** @throws Rejected with `format` if a token is no assignment. */
function assignmentsOf(table: Table, tokens: readonly string[], format: string) {
  return tokens.map((token) => {
    const assignment = assignmentOf(token);
    if (!assignment) throw new Rejected(format);
    const type = table.columns.get(assignment.column);
    if (type === undefined || !accepts(type, assignment.value))
      throw new Rejected('ERR invalid column or type');
    return assignment;
  });
}

export function insert(table: Table, tokens: string[]): Reply {
  const values = assignmentsOf(table, tokens, 'ERR each field must be <col>=<value>');
  table.lastId += 1;
  const id = String(table.lastId);
  table.rows.set(id, new Map(values.map(({ column, value }) => [column, value])));
  return id;
}

const positionOf = (tokens: readonly string[], word: string) =>
  tokens.findIndex((token) => token.toUpperCase() === word);

export function select(table: Table, tokens: string[], strict: boolean): Reply {
  const where = positionOf(tokens, 'WHERE');
  const ids =
    where < 0
      ? table.rows.keys()
      : matching(table, tokens.slice(where + 1), { strict, equalityNeedsIndex: true });
  // Ids in the order of their bytes.
  return [...ids].sort().map((id) => [...(table.rows.get(id) ?? [])].flat());
}

export function update(table: Table, tokens: string[], strict: boolean): Reply {
  const set = positionOf(tokens, 'SET');
  if (set < 0) throw new Rejected('ERR missing SET');
  const conditions = tokens.slice(tokens[0]?.toUpperCase() === 'WHERE' ? 1 : 0, set);
  const ids =
    conditions.length === 0
      ? [...table.rows.keys()]
      : [...matching(table, conditions, { strict, equalityNeedsIndex: false })];
  if (ids.length === 0) return 0;
  const values = assignmentsOf(table, tokens.slice(set + 1), 'ERR SET expects <col>=<value>');
  for (const id of ids) for (const { column, value } of values) table.rows.get(id)?.set(column, value);
  return ids.length;
}

export function remove(table: Table, tokens: string[], strict: boolean): Reply {
  if (tokens.length > 0 && positionOf(tokens, 'WHERE') < 0) throw new Rejected('ERR syntax error');
  // Conditions start at a fixed position, so a word before WHERE is an error.
  const ids =
    tokens.length === 0
      ? [...table.rows.keys()]
      : matching(table, tokens.slice(1), { strict, equalityNeedsIndex: false });
  let deleted = 0;
  for (const id of ids) deleted += table.rows.delete(id) ? 1 : 0;
  return deleted;
}
