/** Checks the keys of all tables of a database: rows, ids, indexes, and that no other keys exist. */
import { Connection } from '../../toolkit/node/connection.ts';
import type { Command, Reply } from '../../toolkit/node/resp.ts';
import { floatOf, integerOf } from './model-values.ts';

/** One character is one byte. A sorted set is a map from member to score. */
type Value = string | Set<string> | Map<string, string>;

const READ: Record<string, (key: Buffer) => Command> = {
  string: (key) => ['GET', key],
  set: (key) => ['SMEMBERS', key],
  hash: (key) => ['HGETALL', key],
  zset: (key) => ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
};

/** Set of all tables, with an empty member that shows that it is complete. It need not exist. */
const REGISTRY = 'table:tables';
/** Home node of the last takeover. */
const HOME = 'table:home';

/**
 * Returns the problems with the keys of all tables; none if rows, ids, and indexes are consistent.
 * @param prefixesOfOthers start of keys that belong to no table.
 */
export async function problemsOn(
  port: number,
  db = 0,
  prefixesOfOthers: readonly string[] = [],
): Promise<string[]> {
  const connection = await Connection.open({ host: '127.0.0.1', port, name: `127.0.0.1:${port}` });
  try {
    await connection.call(['SELECT', String(db)]);
    const keys = await dump(connection);
    for (const key of keys.keys())
      if (prefixesOfOthers.some((prefix) => key.startsWith(prefix))) keys.delete(key);
    return problemsOf(keys);
  } finally {
    connection.close();
  }
}

async function dump(connection: Connection): Promise<Map<string, Value>> {
  const keys = (await connection.call(['KEYS', '*'])) as Buffer[];
  const types = await connection.batch(keys.map((key) => ['TYPE', key]));
  const values = await connection.batch(
    keys.map((key, i) => {
      const read = READ[String(types[i])];
      if (!read) throw new Error(`key ${key} has the type ${types[i]}`);
      return read(key);
    }),
  );
  return new Map(
    keys.map((key, i): [string, Value] => [key.toString('latin1'), contentOf(String(types[i]), values[i])]),
  );
}

function contentOf(type: string, reply: Reply = null): Value {
  if (!Array.isArray(reply)) return text(reply);
  const items = reply.map(text);
  if (type === 'set') return new Set(items);
  return new Map(items.flatMap((item, i): [string, string][] => (i % 2 ? [[items[i - 1] ?? '', item]] : [])));
}

function text(reply: Reply): string {
  return Buffer.isBuffer(reply) ? reply.toString('latin1') : String(reply);
}

function problemsOf(keys: Map<string, Value>): string[] {
  const problems: string[] = [];
  const listed = new Set(['']);
  for (const [key, value] of keys) {
    const name = /^schema:\{(.*)\}$/s.exec(key)?.[1];
    if (name === undefined) continue;
    keys.delete(key);
    // The registry also contains namespaces with a dot.
    if (name.includes('.')) listed.add(name);
    if (value instanceof Map) problems.push(...new TableKeys(keys, name, value).problems());
    else if (value !== '1') problems.push(`namespace ${name} has the marker ${value}`);
  }
  const registry = keys.get(REGISTRY);
  keys.delete(REGISTRY);
  keys.delete(HOME);
  const found = registry && difference(listed, registry);
  if (found) problems.push(`${REGISTRY}: ${found}`);
  problems.push(...[...keys.keys()].map((key) => `key ${key} belongs to no table, row, or index`));
  return problems;
}

/** Score of a value in the sorted set of a column; types without ranges have none. */
const SCORES: Record<string, (value: string) => number> = {
  integer: (value) => Number(integerOf(value)),
  float: floatOf,
  date: (value) => Number(value.replaceAll('-', '')),
};

class TableKeys {
  readonly #keys: Map<string, Value>;
  readonly #name: string;
  readonly #columns: Map<string, string>;
  readonly #problems: string[] = [];

  constructor(keys: Map<string, Value>, name: string, columns: Map<string, string>) {
    this.#keys = keys;
    this.#name = name;
    this.#columns = columns;
  }

  /** Removes the keys of the table, and returns what is wrong with them. */
  problems(): string[] {
    const rows = this.#rows();
    const indexed = this.#set('idx:meta');
    const ranges = this.#set('ranges');
    this.#expectSubset('idx:meta', indexed, new Set(this.#columns.keys()));
    this.#expectSubset('ranges', ranges, indexed);
    for (const column of indexed) this.#checkIndex(column, rows);
    for (const column of ranges) this.#checkRange(column, rows);
    return this.#problems;
  }

  #rows(): Map<string, Map<string, string>> {
    const ids = this.#set('rows');
    const counter = this.#take('id');
    const rows = new Map<string, Map<string, string>>();
    for (const id of ids) {
      const row = this.#take(id);
      if (row instanceof Map) rows.set(id, row);
      else this.#report(`row ${id} is in the set of rows, but has no hash`);
      if (!/^[0-9]+$/.test(id)) this.#report(`row id ${id} is no number`);
      if (typeof counter !== 'string' || BigInt(counter) < BigInt(id))
        this.#report(`the id counter is ${counter}, lower than row id ${id}`);
      const unknown = [...(row instanceof Map ? row.keys() : [])].filter((name) => !this.#columns.has(name));
      if (unknown.length > 0) this.#report(`row ${id} has the unknown columns ${unknown}`);
    }
    return rows;
  }

  #checkIndex(column: string, rows: Map<string, Map<string, string>>): void {
    const expected = new Map<string, Set<string>>();
    for (const [id, row] of rows) {
      const value = row.get(column);
      if (value !== undefined) expected.set(value, (expected.get(value) ?? new Set()).add(id));
    }
    for (const [value, ids] of expected) {
      const found = difference(ids, this.#take(`idx:${column}:${value}`) ?? new Set());
      if (found) this.#report(`index ${column}, value ${value}: ${found}`);
    }
    // A stale set stays among the keys, and is reported as a key that belongs to no index.
  }

  #checkRange(column: string, rows: Map<string, Map<string, string>>): void {
    const scoreOf = SCORES[this.#columns.get(column)?.toLowerCase() ?? ''];
    if (!scoreOf) this.#report(`column ${column} has a range, but its type has no order of numbers`);
    const scores = this.#take(`range:${column}`) ?? new Map();
    if (!(scores instanceof Map)) {
      this.#report(`the range of column ${column} is no sorted set`);
      return;
    }
    const values = new Set([...rows.values()].flatMap((row) => row.get(column) ?? []));
    const found = difference(values, new Set(scores.keys()));
    if (found) this.#report(`range ${column}: ${found}`);
    for (const value of values) {
      const score = Number(scores.get(value)?.replace('inf', 'Infinity'));
      const wanted = scoreOf?.(value);
      if (score !== wanted)
        this.#report(`range ${column}, value ${value}: score ${score} instead of ${wanted}`);
    }
  }

  #set(suffix: string): Set<string> {
    const value = this.#take(suffix) ?? new Set();
    // Keeps a set of columns from becoming empty.
    if (value instanceof Set) return difference(new Set([':']), value) ? value : new Set();
    this.#report(`${suffix} is no set`);
    return new Set();
  }

  #take(suffix: string): Value | undefined {
    const key = `{${this.#name}}:${suffix}`;
    const value = this.#keys.get(key);
    this.#keys.delete(key);
    return value;
  }

  #expectSubset(what: string, some: Set<string>, all: Set<string>): void {
    const unknown = [...some].filter((one) => !all.has(one));
    if (unknown.length > 0) this.#report(`${what} has the unknown members ${unknown}`);
  }

  #report(problem: string): void {
    this.#problems.push(`table ${this.#name}: ${problem}`);
  }
}

/** Returns what differs between two sets, or `undefined`. */
function difference(expected: Set<string>, actual: Value): string | undefined {
  if (!(actual instanceof Set)) return 'is no set';
  const missing = [...expected].filter((one) => !actual.has(one));
  const extra = [...actual].filter((one) => !expected.has(one));
  if (missing.length + extra.length === 0) return undefined;
  return `missing ${JSON.stringify(missing)}, too many ${JSON.stringify(extra)}`;
}
