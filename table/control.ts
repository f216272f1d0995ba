/** The control connection to a node: prepares the node as the home node, then checks it. */

import type { Address } from '../toolkit/node/address.ts';
import { Connection, type ConnectionOptions } from '../toolkit/node/connection.ts';
import { NodeError } from '../toolkit/node/errors.ts';
import { type Info, parseInfo } from '../toolkit/node/info.ts';
import { type Command, type Reply, ReplyError } from '../toolkit/node/resp.ts';
import type { Calls } from './calls.ts';
import { type ModuleList, withTable } from './module-list.ts';
import { scripts } from './scripts.ts';

const ALL = [...scripts.values()];
const READ_INFO: Command = ['INFO'];

export class Control {
  readonly #connection: Connection;
  readonly #info: Info;

  private constructor(connection: Connection, info: Info) {
    this.#connection = connection;
    this.#info = info;
  }

  /** Connects to a node that accepts writes. @param name of the connection in CLIENT LIST. @throws NodeError, Interrupted */
  static async open(address: Address, name: string, options: ConnectionOptions): Promise<Control> {
    const connection = await Connection.open(address, options);
    try {
      // A user without the right to set it has no name.
      await connection.batch([['CLIENT', 'SETNAME', name]]);
      return new Control(connection, infoOf(connection, await connection.call(READ_INFO)));
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Identifies the process of the node. */
  get runId(): string {
    return this.#info.runId;
  }

  /**
   * Prepares the node: loads all scripts, makes it the home node, and raises the id counters of all tables.
   * @param jump number of ids to leave out.
   * @returns the modules of the node, with the entry of TABLE.
   * @throws NodeError, Interrupted
   */
  async prepare(calls: Calls, jump: number): Promise<ModuleList> {
    await this.#load();
    calls.useHome(this.runId);
    // Without the right to run it, clients see only the entry of TABLE.
    const [modules = null] = await this.#connection.batch([['MODULE', 'LIST']]);
    for (const db of this.#info.databases.keys()) {
      await this.#connection.call(['SELECT', String(db)]);
      await this.#connection.call(calls.command('takeover', [String(jump)]));
    }
    return withTable(modules, this.#info.version);
  }

  /** Loads scripts that the node has lost. @throws NodeError if the node cannot be the home node any more. */
  async check(): Promise<void> {
    const [info = null] = await this.#connection.batch([READ_INFO]);
    // The node runs a script that takes long, which is no reason to leave it.
    if (info instanceof ReplyError && info.code === 'BUSY') return;
    infoOf(this.#connection, info);
    await this.#load();
  }

  close(): void {
    this.#connection.close();
  }

  async #load(): Promise<void> {
    const exists = ['SCRIPT', 'EXISTS', ...ALL.map(({ sha }) => sha)];
    const [found = null] = await this.#connection.batch([exists]);
    if (found instanceof ReplyError && found.code === 'BUSY') return;
    if (!Array.isArray(found)) throw this.#unexpected(found, exists);
    for (const [i, { body }] of ALL.entries())
      if (found[i] !== 1) await this.#connection.call(['SCRIPT', 'LOAD', body]);
  }

  #unexpected(reply: Reply, command: Command): NodeError {
    if (reply instanceof ReplyError) return this.#connection.rejection(reply, command);
    return new NodeError(this.#connection.name, `answered ${command[0]} with an unexpected reply`);
  }
}

/** @throws NodeError if the node rejects INFO, loads its data, or is a read-only replica. */
function infoOf(connection: Connection, reply: Reply): Info {
  if (reply instanceof ReplyError) throw connection.rejection(reply, READ_INFO);
  const info = parseInfo(String(reply));
  if (info.loading) throw new NodeError(connection.name, 'is still loading its data', 'LOADING');
  if (info.readOnly)
    throw new NodeError(
      connection.name,
      'is a read-only replica: name the nodes that accept writes in WRITE_NODES',
    );
  return info;
}
