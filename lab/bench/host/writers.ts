/** Writers of the benchmark: the service, each in its own lane, with a baseline observer that answers it. */
import { connect } from '../raw/connect.ts';
import { seqOf } from '../raw/lane.ts';
import type { Child } from './child.ts';
import { INTERVAL_KEY, laneOf, startObserver, startWriter } from './observer-process.ts';
import type { Target } from './target.ts';
import { until } from './until.ts';

/** Handshakes that a writer receives before its measurement, so that its code is compiled. */
const WARM_UP = 200;
const LONGEST_INTERVAL_SECONDS = '3600';

export class Writers {
  readonly #target: Target;
  readonly #observers: Child[] = [];
  readonly #writers = new Map<string, Child>();

  constructor(target: Target) {
    this.#target = target;
  }

  /**
   * Starts writers with their observers, and waits until they are warm.
   * @param ports METRICS_PORT of each subject.
   */
  async start(ports: ReadonlyMap<string, string>, perSecond: number): Promise<void> {
    for (const [subject, METRICS_PORT] of ports) {
      // The pause of an earlier round.
      await this.resume(subject);
      const env = { WRITE_INTERVAL_MS: `${1000 / perSecond}`, METRICS_PORT };
      this.#observers.push(startObserver('floor', this.#target, { lane: laneOf(subject) }));
      this.#writers.set(subject, startWriter(subject, this.#target, env));
    }
    await Promise.all([...ports.keys()].map((subject) => this.#warmedUp(subject)));
  }

  /** @throws Error if the writer was not started. */
  get(subject: string): Child {
    const writer = this.#writers.get(subject);
    if (!writer) throw new Error(`${subject} was not started`);
    return writer;
  }

  /** Lets a writer write only every hour. */
  pause(subject: string): Promise<void> {
    return this.#call(subject, ['SET', INTERVAL_KEY, LONGEST_INTERVAL_SECONDS]);
  }

  /** Lets a writer write at its own interval again. */
  resume(subject: string): Promise<void> {
    return this.#call(subject, ['DEL', INTERVAL_KEY]);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#writers.values(), ...this.#observers].map((child) => child.stop()));
  }

  async #call(subject: string, command: string[]): Promise<void> {
    const connection = await connect(this.#target.writeTo, laneOf(subject).db);
    try {
      await connection.call(command);
    } finally {
      connection.close();
    }
  }

  async #warmedUp(subject: string): Promise<void> {
    const lane = laneOf(subject);
    const connection = await connect(this.#target.writeTo, lane.db);
    try {
      let first: number | undefined;
      await until(async () => {
        const seq = seqOf(String(await connection.call(['GET', lane.handshakeKey])));
        if (seq >= 0) first ??= seq;
        return first !== undefined && seq >= first + WARM_UP;
      }, `${WARM_UP} handshakes that ${subject} receives`);
    } finally {
      connection.close();
    }
  }
}
