/** Runs TABLE statements as scripts on a node, without the gateway. */
import { after } from 'node:test';
import { scripts } from '../../table/scripts.ts';
import { Connection } from '../../toolkit/node/connection.ts';
import { type Command, type Reply, ReplyError } from '../../toolkit/node/resp.ts';
import { startMesh } from '../helpers/nodes.ts';

export interface StatementOptions {
  /** TABLE_STRICT. */
  strict?: boolean;
  /** TABLE_SCAN_LIMIT. */
  limit?: number;
}

/**
 * A reply that tests can compare: `+text` is a simple string, `-text` an error, other text a bulk string. One character
 * is one byte.
 */
export type Shown = string | number | null | Shown[];

export type Run = (statement: Command, options?: StatementOptions) => Promise<Shown>;

/** Runs a statement, such as `['TABLE.SELECT', 'n.t']`. The node must have the scripts: see `loadScripts`. */
export async function run(node: Connection, statement: Command, options?: StatementOptions): Promise<Shown> {
  const [reply = null] = await node.batch([callOf(statement, options)]);
  return shown(reply);
}

/** Returns the call of the script of a statement. */
export function callOf(
  [name = '', ...args]: Command,
  { strict = false, limit = 100_000 }: StatementOptions = {},
): Command {
  const script = scripts.get(name.toString());
  if (!script) throw new Error(`there is no script ${name}`);
  return ['EVALSHA', script.sha, '0', strict ? '1' : '0', String(limit), ...args];
}

/** Loads all scripts into a node. */
export async function loadScripts(node: Connection): Promise<void> {
  await node.batch([...scripts.values()].map(({ body }) => ['SCRIPT', 'LOAD', body]));
}

/** Returns a reply in a form that tests can compare. */
export function shown(reply: Reply): Shown {
  if (reply instanceof ReplyError) return `-${reply.message}`;
  if (Array.isArray(reply)) return reply.map(shown);
  if (Buffer.isBuffer(reply)) return reply.toString('latin1');
  return typeof reply === 'string' ? `+${reply}` : reply;
}

export interface TableNode {
  node: Connection;
  run: Run;
  /** Sends a command of the server. */
  call(...command: string[]): Promise<Shown>;
  /** Returns the type and the value of each key. */
  dump(): Promise<Record<string, Shown>>;
}

/** Starts a node for the tests of one file, with the scripts. @param protocol version of RESP. */
export async function startTables(protocol: 2 | 3 = 2): Promise<TableNode> {
  const mesh = await startMesh({ after }, 1);
  const [port = 0] = mesh.nodes.map(({ options }) => options.port);
  const options = protocol === 3 ? { onPush: () => {} } : {};
  const node = await Connection.open({ host: '127.0.0.1', port, name: `127.0.0.1:${port}` }, options);
  after(() => node.close());
  await loadScripts(node);
  const call = async (...command: string[]) => shown((await node.batch([command]))[0] ?? null);
  return {
    node,
    call,
    run: (statement, options) => run(node, statement, options),
    dump: () => dump(call),
  };
}

const READ: Record<string, (key: string) => string[]> = {
  '+string': (key) => ['GET', key],
  '+set': (key) => ['SORT', key, 'ALPHA'],
  '+hash': (key) => ['HGETALL', key],
  '+zset': (key) => ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
};

async function dump(call: TableNode['call']): Promise<Record<string, Shown>> {
  const keys = ((await call('KEYS', '*')) as string[]).sort();
  const values = keys.map(async (key): Promise<[string, Shown]> => {
    const type = String(await call('TYPE', key));
    return [key, await call(...(READ[type]?.(key) ?? ['DUMP', key]))];
  });
  return Object.fromEntries(await Promise.all(values));
}

/** Runs a statement that is written as one text. Its arguments contain no spaces. */
export function words(statement: string): string[] {
  return statement.split(' ');
}
