/** Writes new keys to a node until the connection is lost, and records the acknowledged keys. */
import { parseNode } from '../../../common/nodes.ts';
import { Connection } from '../../../toolkit/node/connection.ts';
import { type Command, encode, ReplyError } from '../../../toolkit/node/resp.ts';

export interface WritePlan {
  /** Prefix of all keys; a number follows. */
  prefix: string;
  /** Number of writes in one batch; 1: each waits for the reply to the previous one. */
  pipelined: number;
  /** Number of other nodes that must confirm, by a WAIT after each batch; 0: the node's own reply is enough. */
  waitFor: number;
}

/** Timeout of WAIT. Writes that are not confirmed by then do not count as acknowledged. */
const WAIT_MS = '1000';

/** Writes to one node without a pause until `stop` or the loss of the connection. */
export class Writes {
  /** Numbers of the keys that were acknowledged, in order. */
  readonly acknowledged: number[] = [];
  /** Number of sent writes. */
  tried = 0;
  /** Resolves after the last reply, or when the connection is lost. */
  readonly ended: Promise<void>;
  readonly #plan: WritePlan;
  #stopped = false;

  constructor(address: string, plan: WritePlan) {
    this.#plan = plan;
    this.ended = this.#run(address);
  }

  key(number: number): string {
    return `${this.#plan.prefix}${number}`;
  }

  /** Returns the acknowledged keys, or a range of them in the order of acknowledgment. */
  keys(from = 0, to = this.acknowledged.length): string[] {
    return this.acknowledged.slice(from, to).map((number) => this.key(number));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.ended;
  }

  async #run(address: string): Promise<void> {
    const connection = await Connection.open(parseNode(address));
    for (let first = 0, connected = true; connected && !this.#stopped; first += this.#plan.pipelined) {
      connected = await this.#go(connection, first);
    }
    connection.close();
  }

  /** Sends one batch. @returns whether the node has replied to all of it without an error. */
  #go(connection: Connection, first: number): Promise<boolean> {
    const { pipelined, waitFor } = this.#plan;
    const numbers = Array.from({ length: pipelined }, (_, i) => first + i);
    const commands = numbers.map((number): Command => ['SET', this.key(number), String(number)]);
    if (waitFor > 0) commands.push(['WAIT', String(waitFor), WAIT_MS]);
    this.tried += pipelined;
    let replies = 0;
    return new Promise((resolve) => {
      connection.send(encode(commands), commands.length, (reply) => {
        const number = numbers[replies];
        replies += 1;
        if (reply instanceof ReplyError || reply instanceof Error) resolve(false);
        else if (waitFor === 0 && number !== undefined) this.acknowledged.push(number);
        else if (number === undefined && Number(reply) >= waitFor) this.acknowledged.push(...numbers);
        if (replies === commands.length) resolve(true);
      });
    });
  }
}
