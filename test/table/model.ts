/**
 * A model of the TABLE statements, in memory and without indexes: it evaluates each condition on each row. A failed
 * statement changes nothing. One character of a text is one byte. docs/table.md describes the statements.
 */
import {
  alter,
  columnsOf,
  insert,
  OK,
  type Reply,
  remove,
  select,
  update,
  viewTable,
} from './model-table.ts';
import { Rejected, type Table } from './model-where.ts';

const MAX_NAME = 64;

/** Number of arguments with the command itself: the least and the most. */
const ARITY: Record<string, [number, number]> = {
  'NAMESPACE.CREATE': [2, 2],
  'NAMESPACE.VIEW': [1, 2],
  'NAMESPACE.DROP': [2, 3],
  'SCHEMA.CREATE': [3, Infinity],
  'SCHEMA.VIEW': [2, 2],
  'SCHEMA.ALTER': [4, Infinity],
  'SCHEMA.DROP': [2, 3],
  INSERT: [3, Infinity],
  SELECT: [2, Infinity],
  UPDATE: [5, Infinity],
  DELETE: [2, Infinity],
  DROP: [2, 3],
};

export class Model {
  readonly #strict: boolean;
  readonly #namespaces = new Set<string>();
  readonly #tables = new Map<string, Table>();

  constructor(strict = false) {
    this.#strict = strict;
  }

  /** Runs one statement. @returns the reply, encoded. */
  run([command = '', ...args]: readonly string[]): string {
    try {
      const name = command.toUpperCase().replace('TABLE.', '');
      const [least, most] = ARITY[name] ?? [];
      if (least === undefined || most === undefined) throw new Error(`the model has no command ${command}`);
      if (args.length + 1 < least || args.length + 1 > most)
        throw new Rejected(`ERR wrong number of arguments for 'TABLE.${name}' command`);
      return encodeReply(this.#reply(name, args));
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      return `-${error.message}\r\n`;
    }
  }

  #reply(name: string, args: string[]): Reply {
    const [target = '', ...rest] = args;
    if (name === 'NAMESPACE.CREATE') return this.#createNamespace(target);
    if (name === 'NAMESPACE.VIEW') return this.#view(args[0]);
    if (name === 'NAMESPACE.DROP') return this.#dropNamespace(target, rest);
    if (name === 'SCHEMA.CREATE') return this.#createTable(target, rest);
    const table = this.#tables.get(target);
    if (!table) throw new Rejected('ERR table schema does not exist');
    if (name === 'SCHEMA.VIEW') return viewTable(table);
    if (name === 'SCHEMA.ALTER') return alter(table, rest);
    if (name === 'INSERT') return insert(table, rest);
    if (name === 'SELECT') return select(table, rest, this.#strict);
    if (name === 'UPDATE') return update(table, rest, this.#strict);
    if (name === 'DELETE') return remove(table, rest, this.#strict);
    assertForce(rest);
    this.#tables.delete(target);
    return OK;
  }

  #createNamespace(name: string): Reply {
    assertLength(name, 'namespace');
    if (this.#exists(name)) throw new Rejected('ERR namespace already exists');
    this.#namespaces.add(name);
    return OK;
  }

  #createTable(name: string, definitions: string[]): Reply {
    const namespace = namespaceOf(name);
    if (namespace === undefined) throw new Rejected('ERR table name must be namespace.table');
    assertLength(namespace, 'namespace');
    assertLength(name.slice(namespace.length + 1), 'table');
    if (!this.#exists(namespace)) throw new Rejected('ERR namespace does not exist');
    if (this.#exists(name)) throw new Rejected('ERR table schema already exists');
    this.#tables.set(name, { ...columnsOf(definitions), rows: new Map(), lastId: 0 });
    return OK;
  }

  /** Also lists a namespace with a dot, because its key looks like that of a table. */
  #view(namespace: string | undefined): Reply {
    return [...this.#tables.keys(), ...this.#namespaces]
      .filter((name) => name.includes('.') && (namespace === undefined || namespaceOf(name) === namespace))
      .sort(byNamespace)
      .map((name) => name.replace('.', ':'));
  }

  #dropNamespace(name: string, force: string[]): Reply {
    if (!this.#namespaces.has(name)) throw new Rejected('ERR namespace does not exist');
    assertForce(force);
    for (const table of this.#tables.keys()) if (namespaceOf(table) === name) this.#tables.delete(table);
    this.#namespaces.delete(name);
    return OK;
  }

  /** Namespaces and tables share the keys `schema:{name}`. */
  #exists(name: string): boolean {
    return this.#namespaces.has(name) || this.#tables.has(name);
  }
}

function encodeReply(reply: Reply): string {
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (typeof reply === 'string') return `$${reply.length}\r\n${reply}\r\n`;
  if (Array.isArray(reply)) return `*${reply.length}\r\n${reply.map(encodeReply).join('')}`;
  return `+${reply.simple}\r\n`;
}

function namespaceOf(table: string): string | undefined {
  return table.includes('.') ? table.slice(0, table.indexOf('.')) : undefined;
}

function byNamespace(one: string, other: string): number {
  const key = (name: string) => name.replace('.', '\0');
  return key(one) < key(other) ? -1 : 1;
}

function assertLength(name: string, what: string): void {
  if (name.length > MAX_NAME)
    throw new Rejected(`ERR incorrect ${what} name, it exceeds the limit of 64 characters`);
}

function assertForce([word]: string[]): void {
  if (word === undefined)
    throw new Rejected('ERR This operation is irreversible, use FORCE parameter to remove the table');
  if (word.toUpperCase() !== 'FORCE')
    throw new Rejected('ERR Invalid parameter. Use FORCE to confirm table removal');
}
