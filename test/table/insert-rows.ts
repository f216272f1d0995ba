/** Clients that insert rows into the table `n.t` while its home node changes. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../helpers/eventually.ts';
import type { Gateway } from './gateway.ts';
import { RawClient } from './raw-client.ts';

const CLIENTS = 4;
/** Acknowledged rows in each phase of a test. */
export const ROWS = 300;
const RETRY_MS = 20;
/** Replies while the gateway has no home node, or not this one any more. */
const NO_HOME = /^-ERR (no node can be used|another node is) /;

export interface Row {
  id: bigint;
  client: number;
  number: number;
  /** Number of connections that the client had lost before. */
  lost: number;
}

/** Inserts rows one after another until `stop`, and opens a new connection after each loss. */
class Inserter {
  readonly ended: Promise<void>;
  #stopped = false;

  constructor(t: TestContext, gateway: Gateway, client: number, rows: Row[]) {
    this.ended = this.#run(t, gateway, client, rows);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.ended;
  }

  async #run(t: TestContext, gateway: Gateway, client: number, rows: Row[]): Promise<void> {
    for (let lost = 0, number = 0; !this.#stopped; lost += 1) {
      try {
        const connection = await RawClient.open(t, gateway.port);
        for (; !this.#stopped; number += 1) {
          const insert = ['TABLE.INSERT', 'n.t', `client=${client}`, `number=${number}`, 'group=same'];
          const [reply = ''] = await connection.run([insert]);
          if (NO_HOME.test(reply)) break;
          const id = /^\$\d+\r\n(\d+)\r\n$/.exec(reply)?.[1];
          assert.ok(id, `INSERT replied ${reply}`);
          rows.push({ id: BigInt(id), client, number, lost });
        }
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        await wait(RETRY_MS);
      }
    }
  }
}

/** Waits for a number of further acknowledged rows. */
export type Until = (more: number) => Promise<void>;

/** Inserts rows before, during, and after a fault. @returns the acknowledged rows. */
export async function insertDuring(
  t: TestContext,
  gateway: Gateway,
  inject: (until: Until) => Promise<void>,
) {
  const rows: Row[] = [];
  const inserters = Array.from({ length: CLIENTS }, (_, i) => new Inserter(t, gateway, i, rows));
  const until: Until = (more) => {
    const wanted = rows.length + more;
    return eventually(() => assert.ok(rows.length >= wanted, `${rows.length} rows`));
  };
  await until(ROWS);
  await inject(until);
  const continued = () => new Set(rows.filter(({ lost }) => lost > 0).map(({ client }) => client));
  await eventually(() => assert.equal(continued().size, CLIENTS));
  await until(ROWS);
  await Promise.all(inserters.map((inserter) => inserter.stop()));
  return rows;
}
