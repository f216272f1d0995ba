/** The rows of the benchmark's tables, the statements on them, and the plain commands that do the same to a hash. */
import type { Command, Reply } from '../../../toolkit/node/resp.ts';

export const STATEMENTS = ['INSERT', 'SELECT', 'UPDATE', 'DELETE'] as const;
/** `scan` and `range` find the same few rows: by reading each row, and with the sorted set of an index. */
export type Statement = (typeof STATEMENTS)[number] | 'scan' | 'range';

/** How a statement reaches a node: the words that replace the name of its command. If omitted, a plain command. */
export type Heads = Readonly<Record<string, readonly string[]>>;

export interface Row {
  name: string;
  email: string;
  city: string;
  points: string;
  joined: string;
}

/** Type of each column: five columns, of which two are indexed. */
export const COLUMNS = {
  name: 'string',
  email: 'string:hash',
  city: 'string',
  points: 'integer',
  joined: 'date:hash',
} as const satisfies Record<keyof Row, string>;

/** Number of rows that `scan` and `range` find, in a table of any size: the first ones. */
const FOUND = 10;
const CITIES = 100;
const DATES = 4_000;
const FIRST_DATE = Date.UTC(2010, 0, 1);
const DAY_MS = 86_400_000;

/** Returns the row of a number. Rows of different numbers differ in `email` and `points`. */
export function rowOf(n: number): Row {
  return {
    name: `Name of person ${n}`,
    email: `person.${n}@example.com`,
    city: `City ${n % CITIES}`,
    points: String(n),
    joined: n < FOUND ? '2000-01-01' : dateOf(n),
  };
}

function dateOf(n: number): string {
  return new Date(FIRST_DATE + (n % DATES) * DAY_MS).toISOString().slice(0, 10);
}

/** What an UPDATE changes, one of them in an index. */
function changesOf(n: number): Pick<Row, 'city' | 'joined'> {
  return { city: `City ${(n + 1) % CITIES}`, joined: dateOf(n + 1) };
}

const assignments = (values: object) => Object.entries(values).map(([column, value]) => `${column}=${value}`);
const byEmail = (n: number) => ['WHERE', `email=${rowOf(n).email}`];

const COMMANDS: Record<Statement, [name: string, argumentsOf: (n: number) => string[]]> = {
  INSERT: ['TABLE.INSERT', (n) => assignments(rowOf(n))],
  SELECT: ['TABLE.SELECT', byEmail],
  UPDATE: ['TABLE.UPDATE', (n) => [...byEmail(n), 'SET', ...assignments(changesOf(n))]],
  DELETE: ['TABLE.DELETE', byEmail],
  scan: ['TABLE.SELECT', () => ['WHERE', `points<${FOUND}`]],
  range: ['TABLE.SELECT', () => ['WHERE', 'joined<2001-01-01']],
};

const PLAIN: Partial<Record<Statement, (key: string, n: number) => string[]>> = {
  INSERT: (key, n) => ['HSET', key, ...Object.entries(rowOf(n)).flat()],
  SELECT: (key) => ['HGETALL', key],
  UPDATE: (key, n) => ['HSET', key, ...Object.entries(changesOf(n)).flat()],
  DELETE: (key) => ['DEL', key],
};

/** Returns the request of a statement about the row of a number. */
export function requestOf(statement: Statement, heads: Heads | undefined, table: string, n: number): Command {
  const [name, argumentsOf] = COMMANDS[statement];
  const head = heads?.[name];
  if (head) return [...head, table, ...argumentsOf(n)];
  const plain = PLAIN[statement]?.(`{${table}}:${n}`, n);
  if (heads || !plain) throw new Error(`no request for ${statement}`);
  return plain;
}

/** Returns whether a reply is that of a statement which has found its rows. */
export function isExpected(statement: Statement, isPlain: boolean, reply: Reply): boolean {
  if (isPlain) {
    if (statement === 'SELECT')
      return Array.isArray(reply) && reply.length === 2 * Object.keys(COLUMNS).length;
    return (
      reply === { INSERT: Object.keys(COLUMNS).length, UPDATE: 0, DELETE: 1, scan: -1, range: -1 }[statement]
    );
  }
  if (statement === 'INSERT') return Buffer.isBuffer(reply);
  if (statement === 'UPDATE' || statement === 'DELETE') return reply === 1;
  return Array.isArray(reply) && reply.length === (statement === 'SELECT' ? 1 : FOUND);
}
