/** Follows the keys that the page shows on one node, and stores them in its state. */
import type { Clock } from '../common/clock.ts';
import { parseValue, type Value } from '../common/value.ts';
import { Interrupted, NodeError, replyReason } from '../toolkit/node/errors.ts';
import { type Reply, ReplyError } from '../toolkit/node/resp.ts';
import type { Open } from './connect.ts';
import type { NodeState } from './mesh-state.ts';
import { downOf } from './read-node.ts';
import { ValueWatch } from './value-watch.ts';

export interface KeyWatchOptions {
  open: Open;
  sharedKey: string;
  /** Empty: the writer reads no such key. */
  intervalKey: string;
  clock: Clock;
  /** @param at Unix microseconds at which the node announced the write, see value-watch.ts. */
  onVisible: (node: string, value: Value, at: number) => void;
}

export class KeyWatch {
  readonly #state: NodeState;
  readonly #options: KeyWatchOptions;
  readonly #logProblem: (event: string, problem: string) => void;
  #watch: ValueWatch | undefined;

  /** @param logProblem logs a problem once, until it changes. An empty text: there is no problem. */
  constructor(
    state: NodeState,
    options: KeyWatchOptions,
    logProblem: (event: string, problem: string) => void,
  ) {
    this.#state = state;
    this.#options = options;
    this.#logProblem = logProblem;
  }

  /** Reads the keys. Connects first if necessary. A node that rejects it is logged, and works without it. */
  async poll(): Promise<void> {
    try {
      this.#watch ??= await this.#open();
      await this.#watch.poll();
      this.#logProblem('tracking-off', '');
    } catch (error) {
      if (error instanceof Interrupted) return;
      if (!(error instanceof NodeError)) throw error;
      this.close();
      if (downOf(error) === 'rejected')
        this.#logProblem(
          'tracking-off',
          `the page shows no times at which writes are visible: ${error.message}`,
        );
    }
  }

  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
    delete this.#state.keys;
  }

  #open(): Promise<ValueWatch> {
    const { open, sharedKey, intervalKey, clock } = this.#options;
    return ValueWatch.open({
      open: (onPush) => open(this.#state.name, onPush),
      keys: intervalKey === '' ? [sharedKey] : [sharedKey, intervalKey],
      clock,
      onReply: (key, reply, at) => {
        if (key === sharedKey) this.#onValue(reply, at);
        else this.#onInterval(reply);
      },
    });
  }

  /** readNode reports a rejected read of the shared key. */
  #onValue(reply: Reply, at: number | undefined): void {
    const { value: _, ...others } = this.#state.keys ?? {};
    const parsed = reply instanceof Buffer ? parseValue(reply.toString()) : undefined;
    this.#state.keys = { ...others, ...(parsed?.ok && { value: parsed.value }) };
    if (parsed?.ok && at !== undefined) this.#options.onVisible(this.#state.name, parsed.value, at);
  }

  #onInterval(reply: Reply): void {
    const { interval: _, ...others } = this.#state.keys ?? {};
    const interval = reply instanceof Buffer ? reply.toString() : reply === null ? null : undefined;
    this.#state.keys = { ...others, ...(interval !== undefined && { interval }) };
    const isRejected = reply instanceof ReplyError && reply.code !== 'WRONGTYPE';
    const { name } = this.#state;
    this.#logProblem('interval-unknown', isRejected ? `node ${name} ${replyReason(reply, 'GET')}` : '');
  }
}
