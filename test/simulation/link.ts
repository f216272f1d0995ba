/** Replication from one node to another: in order, delayed, and interrupted by a split. */
import type { Event, ModelNode } from './node.ts';

interface Sent {
  key: string;
  value: string;
  event: Event;
}

export class Link {
  readonly from: ModelNode;
  readonly to: ModelNode;
  readonly #onConfirmed: () => void;
  /** Writes sent, and writes that the other node has confirmed. */
  sent = 0;
  confirmed = 0;
  #splits = 0;
  #arrivesAt = 0;
  /** Arrived or, during a split, kept in the backlog. */
  readonly #inbox: Sent[] = [];

  constructor(from: ModelNode, to: ModelNode, onConfirmed: () => void) {
    this.from = from;
    this.to = to;
    this.#onConfirmed = onConfirmed;
  }

  send(key: string, value: string, event: Event): void {
    const { world } = this.from;
    this.sent += 1;
    this.#arrivesAt = Math.max(this.#arrivesAt, world.now + world.delay());
    world.at(
      this.#arrivesAt,
      () => {
        this.#inbox.push({ key, value, event });
        this.execute();
      },
      false,
    );
  }

  /** The receiving node applies what has arrived. */
  execute(): void {
    if (this.#splits > 0 || this.to.paused || this.#inbox.length === 0) return;
    for (const { key, value, event } of this.#inbox.splice(0)) {
      this.to.apply(key, value, event);
      this.from.world.after(this.from.world.delay(), () => this.#confirm(1), false);
    }
  }

  split(): void {
    this.#splits += 1;
  }

  /** @param full whether the other node loads a snapshot instead of the backlog. */
  heal(full: boolean): void {
    this.#splits -= 1;
    if (this.#splits > 0) return;
    if (full) {
      this.#confirm(this.#inbox.splice(0).length);
      this.to.load(new Map(this.from.data));
    }
    this.execute();
  }

  #confirm(count: number): void {
    this.confirmed += count;
    this.#onConfirmed();
  }
}
