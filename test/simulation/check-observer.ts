/**
 * Checks an observer's actions and their times against the commands, replies, and notifications that the model delivers. A notification in the same chunk as a reply counts as earlier: the client libraries pass on both before
 * the observer continues.
 */
import { Check, type Fields } from './check.ts';
import type { Command, Connection, Push } from './connection.ts';
import { ExpectedReads, type KeyValue } from './expected-reads.ts';
import { SHARED_KEY } from './node.ts';
import { MAX_FAULT_MS, type Schedule, type ServiceName } from './schedule.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { World } from './world.ts';

interface Read {
  value: KeyValue;
  /** Whether a notification arrived since the previous read was sent. */
  announced: boolean;
  /** Whether a notification led to the read. Absent: no other read has been sent since. */
  led?: boolean;
}

/** Maximum delay of a poll: the timer and the injected lateness, in milliseconds. */
const MAX_LATE_MS = MAX_FAULT_MS + 1;

export class CheckObserver extends Check {
  readonly #schedule: Schedule;
  readonly #reads: ExpectedReads;
  #inFlight: Command | undefined;
  /** A notification arrived since the last read was sent; one had arrived before that read was sent. */
  #notified = false;
  #led = false;
  /** The observer's clock at the last notification, and when it sent the last handshake. */
  #notifiedMicros: number | undefined;
  #sentMicros = 0;
  /** Whether the read after the subscription is outstanding. */
  #connectRead = false;
  /** Microseconds, the end of the last read and its handshake on this connection. */
  #doneAt: number | undefined;
  #read: Read | undefined;
  #handshakes: string[] = [];
  /** The line of the last observation, until it is logged. */
  #line: Fields | undefined;
  #acknowledged: Fields[] = [];
  #acknowledgedCount = 0;
  #observedCalls = 0;

  constructor(service: ServiceName, world: World, clock: VirtualClock, schedule: Schedule) {
    super(service, world, clock);
    this.#schedule = schedule;
    this.#reads = new ExpectedReads(service);
  }

  /** The text of the last write that was observed. */
  get last(): string | undefined {
    return this.#reads.last?.text;
  }

  /** The handshake for that write. */
  get handshake(): string | undefined {
    return this.#reads.handshake;
  }

  override onConnected(connections: readonly Connection[]): void {
    super.onConnected(connections);
    if (this.clock.timers > 0) this.fail('keeps a timer of a lost connection');
    this.#expectLogged();
    this.#inFlight = undefined;
    this.#notified = false;
    this.#reads.onConnected();
    this.#connectRead = true;
    this.#doneAt = undefined;
  }

  override onSend(connection: Connection, command: Command): void {
    super.onSend(connection, command);
    const { name, args } = command;
    if (name !== 'GET' && name !== 'SET') return;
    if (this.#inFlight) this.fail(`sends ${name} while ${this.#inFlight.name} is in flight`);
    this.#inFlight = command;
    if (name === 'SET') {
      this.expect(args[0], `handshake_key:${this.service}`, 'key of the handshake');
      this.#handshakes.push(args[1] ?? '');
      this.#sentMicros = this.clock.micros();
      return;
    }
    this.expect(args[0], SHARED_KEY, 'key of the read');
    if (this.state !== 'running') this.fail('reads after the stop');
    if (this.#read) Object.assign(this.#read, { led: this.#led, announced: this.#led || this.#notified });
    this.#checkCause();
    this.#led = this.#notified;
    this.#notified = false;
  }

  override onReply(connection: Connection, command: Command, error: Error | null, reply: unknown): void {
    super.onReply(connection, command, error, reply);
    const { name } = command;
    this.#inFlight = undefined;
    if (name === 'GET' && (!error || error.message.startsWith('WRONGTYPE')))
      this.#read = { value: error ? undefined : (reply as string | null), announced: false };
    else if (name === 'SET' && !error) {
      const { name: writer, seq } = this.#reads.last ?? {};
      const acknowledgedMicros = this.clock.micros();
      this.#acknowledged.push({ writer, seq, sentMicros: this.#sentMicros, acknowledgedMicros });
      this.#reads.onHandshakeAcknowledged();
      this.#doneAt = this.world.now;
    }
  }

  onPush(_: Connection, { channel, message }: Push): void {
    const isSet = channel.startsWith('__keyevent') ? message === SHARED_KEY : message !== 'del';
    if (!isSet) return;
    this.#notified = true;
    this.#notifiedMicros = this.clock.micros();
  }

  onObserved(): void {
    this.#observedCalls += 1;
  }

  protected checkEvent(): void {
    const read = this.#read;
    this.#read = undefined;
    const warnings = this.takeLines('older', 'malformed').map(({ event }) => event);
    if (read) this.#checkRead(read, warnings);
    else this.expect([...warnings, ...this.#handshakes], [], 'warnings and handshakes without a read');
    for (const line of this.takeLines('read')) {
      this.expect(line, this.#line, 'line of the observation');
      this.#line = undefined;
    }
    if (this.#acknowledged.length > 0) this.#expectLogged();
    const logged = this.takeLines('handshake').map(({ event, node, ...fields }) => fields);
    this.expect(logged, this.#acknowledged, 'acknowledged handshakes');
    const completed = this.#acknowledged.length + (read && this.#handshakes.length === 0 ? 1 : 0);
    this.expect(this.#observedCalls, completed, 'completed observations');
    this.#acknowledgedCount += this.#acknowledged.length;
    this.#acknowledged = [];
    this.#handshakes = [];
    this.#observedCalls = 0;
  }

  /** The line of an observation may wait until the handshake is acknowledged or lost. */
  #expectLogged(): void {
    this.expect(undefined, this.#line, 'line of the observation');
  }

  /** A connected observer reads the key in time, whether or not notifications arrive. */
  checkPolled(): void {
    const { recheckIntervalMs: ms } = this.#schedule;
    if (ms === 0 || this.#doneAt === undefined || this.#inFlight) return;
    if (this.world.now - this.#doneAt > (ms + MAX_LATE_MS) * 1000) this.fail('has not polled the key');
  }

  protected checkSummary(counts: Fields): void {
    this.#expectLogged();
    const expected = { ...this.#reads.counts, handshakes: this.#acknowledgedCount };
    for (const [name, count] of Object.entries(expected)) this.expect(counts[name], count, name);
    const outcomes = [...this.#reads.outcomes.keys()];
    const [first = 0] = outcomes;
    const all = outcomes.map((_, i) => first + i);
    this.expect(outcomes, all, 'writes since the first observation, each accounted for once');
  }

  /** A read needs a cause: a notification, the connection, or the poll timer. */
  #checkCause(): void {
    this.checkPolled();
    if (this.#notified) return;
    const { recheckIntervalMs: ms } = this.#schedule;
    if (this.#connectRead) this.#connectRead = false;
    else if (ms === 0) this.fail('reads without a cause');
    else if (this.#doneAt === undefined || this.world.now - this.#doneAt < ms * 1000)
      this.fail('polls too early');
  }

  #checkRead(read: Read, warnings: unknown[]): void {
    const { led = this.#led } = read;
    // Without a value, a notification during the read announced a later write.
    const announced = read.value === null ? led : read.announced || this.#led || this.#notified;
    const { line, warning, handshake } = this.#reads.next(
      read.value,
      announced,
      this.clock.micros(),
      this.#notifiedMicros,
    );
    this.expect(warnings, warning ? [warning] : [], 'warnings');
    this.expect(this.#handshakes, handshake ? [handshake] : [], 'handshakes');
    if (line) this.#line = { ...line, node: this.connections[0]?.node.name };
    if (!handshake) this.#doneAt = this.world.now;
  }
}
