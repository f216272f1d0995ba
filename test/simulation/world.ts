/** Virtual time: a queue of events, run one after the other. What the services do between two events takes no time. */
import { setImmediate } from 'node:timers';

/** Delays in microseconds, of the network and of timers. A schedule contains indexes of this list. */
const DELAYS = [
  50, 100, 100, 200, 200, 300, 400, 500, 700, 900, 1_200, 1_500, 2_000, 4_000, 8_000, 15_000,
] as const;
export const DELAY_COUNT = DELAYS.length;
/** The first of DELAYS that is too long for a timer to be late. */
const MAX_LATE = 900;
/** Far above the number of events of any schedule, so that an endless loop at one moment is found. */
const MAX_EVENTS = 20_000;

interface Event {
  at: number;
  order: number;
  run(): void;
  /** Whether the event may run code of a service, whose promises then have to settle before the next event. */
  reachesService: boolean;
}

export class World {
  /** Microseconds since the start. */
  now = 0;
  /** The first violation that a check has found. */
  failure: string | undefined;
  /** Runs after each event, once the promises of the services have settled. */
  afterEvent: () => void = () => {};
  readonly #choices: readonly number[];
  #choice = 0;
  #events: Event[] = [];
  #order = 0;
  #count = 0;

  /** @param choices indexes of DELAYS, repeated forever; an empty list stands for zeros. */
  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  /** Returns a number below `count`, which the schedule determines. */
  choose(count: number): number {
    const { length } = this.#choices;
    if (length === 0) return 0;
    this.#choice = (this.#choice + 1) % length;
    return (this.#choices[this.#choice] ?? 0) % count;
  }

  /** Returns the delay of one message, in microseconds. */
  delay(): number {
    return DELAYS[this.choose(DELAY_COUNT)] ?? 0;
  }

  /** Returns how late a timer is, in microseconds. */
  lateness(): number {
    return Math.min(this.delay(), MAX_LATE);
  }

  at(at: number, run: () => void, reachesService = true): Event {
    const event = { at, order: this.#order++, run, reachesService };
    this.#push(event);
    return event;
  }

  after(micros: number, run: () => void, reachesService = true): Event {
    return this.at(this.now + micros, run, reachesService);
  }

  fail(message: string): void {
    this.failure ??= `at ${this.now} µs: ${message}`;
  }

  /** Runs events until the condition is true, at most until a time. @throws Error at the first violation. */
  async run(until: number, done: () => boolean = () => false): Promise<void> {
    while (!done()) {
      const event = this.#events[0];
      if (!event || event.at > until) {
        this.now = until;
        return;
      }
      this.#pop();
      this.now = event.at;
      event.run();
      if (event.reachesService) {
        await new Promise(setImmediate);
        this.afterEvent();
      }
      this.#count += 1;
      if (this.#count > MAX_EVENTS) this.fail(`more than ${MAX_EVENTS} events`);
      if (this.failure !== undefined) throw new Error(this.failure);
    }
  }

  #push(event: Event): void {
    const events = this.#events;
    let i = events.length;
    events.push(event);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = events[parent] as Event;
      if (!before(event, above)) break;
      events[i] = above;
      i = parent;
    }
    events[i] = event;
  }

  #pop(): void {
    const events = this.#events;
    const last = events.pop() as Event;
    const { length } = events;
    if (length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= length) break;
      if (child + 1 < length && before(events[child + 1] as Event, events[child] as Event)) child += 1;
      const below = events[child] as Event;
      if (!before(below, last)) break;
      events[i] = below;
      i = child;
    }
    events[i] = last;
  }
}

function before(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
