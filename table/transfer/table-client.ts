/** Reads and writes one table through the gateway. All text contains one character per byte, as in format.ts. */
import type { Connection } from '../../toolkit/node/connection.ts';
import { type Command, type Reply, ReplyError } from '../../toolkit/node/resp.ts';
import type { Column, Values } from './format.ts';

/** Ids that the node returns per step. */
const SCAN_COUNT = 1_000;

export class TableClient {
  readonly name: string;
  readonly #gateway: Connection;

  /** @param name of the table, such as `shop.users`. */
  constructor(gateway: Connection, name: string) {
    this.#gateway = gateway;
    this.name = name;
  }

  /** Returns the columns in their order. @throws NodeError, if the table does not exist, too. */
  async columns(): Promise<Column[]> {
    const rows = (await this.#call('TABLE.SCHEMA.VIEW', this.name)) as Reply[][];
    return rows.map(([name, type, isIndexed]) => ({
      name: textOf(name),
      type: textOf(type),
      isIndexed: textOf(isIndexed) === 'true',
    }));
  }

  /**
   * Returns the ids of all rows in the order of their insertion. Reads them in steps, so that no other client waits. A row
   * that is inserted or deleted during the scan may be missing or present.
   */
  async ids(onStep: (count: number) => void): Promise<string[]> {
    const ids = new Set<string>();
    let cursor = '0';
    do {
      const words = ['SSCAN', `{${this.name}}:rows`, cursor, 'COUNT', String(SCAN_COUNT)];
      const [next, found] = (await this.#call(...words)) as [Reply, Reply[]];
      cursor = textOf(next);
      // SSCAN may return an id twice.
      for (const id of found) ids.add(textOf(id));
      onStep(found.length);
    } while (cursor !== '0');
    return [...ids].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  }

  /** Returns the fields of rows; none for a row that has been deleted. */
  async rows(ids: readonly string[]): Promise<Map<string, string>[]> {
    const commands = ids.map((id) => command(['HGETALL', `{${this.name}}:${id}`]));
    const replies = await this.#gateway.batch(commands);
    return replies.map((reply, i) => {
      if (reply instanceof ReplyError) throw this.#gateway.rejection(reply, commands[i] ?? []);
      const fields = (reply as Reply[]).map(textOf);
      return new Map(fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1] ?? '']] : [])));
    });
  }

  /** Inserts rows. @returns a reply per row: its id, or the error. @throws NodeError if the connection is lost. */
  insert(rows: readonly { columns: readonly string[]; values: Values }[]): Promise<Reply[]> {
    return this.#gateway.batch(
      rows.map(({ columns, values }) => {
        const fields = values.flatMap((value, i) => (value === undefined ? [] : [`${columns[i]}=${value}`]));
        return command(['TABLE.INSERT', this.name, ...fields]);
      }),
    );
  }

  #call(...words: string[]): Promise<Reply> {
    return this.#gateway.call(command(words));
  }
}

function command(words: readonly string[]): Command {
  return words.map((word) => Buffer.from(word, 'latin1'));
}

function textOf(reply: Reply | undefined): string {
  return Buffer.isBuffer(reply) ? reply.toString('latin1') : String(reply);
}
