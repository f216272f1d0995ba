/**
 * What an observer has to do and to log, derived from its commands, the replies, and the notifications as the model
 * delivers them. A notification in the same chunk as a reply counts as earlier: the client libraries pass on both before
 * the observer continues.
 */
import { Check, type Fields } from './check.ts';
import type { Command, Connection, Push } from './connection.ts';
import { SHARED_KEY } from './node.ts';
import { MAX_FAULT_MS, type Schedule, type ServiceName } from './schedule.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { World } from './world.ts';

interface Write {
  text: string;
  seq: number;
  micros: number;
}

interface Read {
  /** `undefined`: another type than string. */
  value: string | null | undefined;
  /** Whether a notification arrived since the previous read was sent. */
  announced: boolean;
}

/** How late a poll may be: the timer, and the injected lateness. In milliseconds. */
const MAX_LATE_MS = MAX_FAULT_MS + 1;

export class CheckObserver extends Check {
  readonly #schedule: Schedule;
  #known: Write | undefined;
  #inFlight: Command | undefined;
  /** A notification arrived since the last read was sent; one had arrived before that read was sent. */
  #notified = false;
  #led = false;
  /** Whether a value was read on this connection; whether the read after the subscription is outstanding. */
  #seen = false;
  #connectRead = false;
  /** Microseconds, the end of the last read and its handshake on this connection. */
  #doneAt: number | undefined;
  #read: Read | undefined;
  #handshakes: string[] = [];
  #acknowledged: number[] = [];
  #warned: string | undefined;
  #observedCalls = 0;
  /** What became of each write, by its number. */
  readonly fates = new Map<number, 'observed' | 'conflated' | 'missed'>();
  /** The handshake for the last observation. */
  handshake: string | undefined;
  #unacknowledged = false;
  readonly #counts = {
    reads: 0,
    observed: 0,
    caughtUp: 0,
    conflated: 0,
    missed: 0,
    older: 0,
    malformed: 0,
    handshakes: 0,
  };

  constructor(service: ServiceName, world: World, clock: VirtualClock, schedule: Schedule) {
    super(service, world, clock);
    this.#schedule = schedule;
  }

  /** The text of the last write that was observed. */
  get last(): string | undefined {
    return this.#known?.text;
  }

  override onConnected(connections: readonly Connection[]): void {
    super.onConnected(connections);
    if (this.clock.timers > 0) this.fail('keeps a timer of a lost connection');
    this.#inFlight = undefined;
    this.#notified = false;
    this.#seen = false;
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
      return;
    }
    this.expect(args[0], SHARED_KEY, 'key of the read');
    if (this.state !== 'running') this.fail('reads after the stop');
    if (this.#read) this.#read.announced = this.#led || this.#notified;
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
      this.#acknowledged.push(this.#known?.seq ?? 0);
      this.#unacknowledged = false;
      this.#doneAt = this.world.now;
    }
  }

  onPush(_: Connection, { channel, message }: Push): void {
    const isSet = channel.startsWith('__keyevent') ? message === SHARED_KEY : message !== 'del';
    if (isSet) this.#notified = true;
  }

  onObserved(): void {
    this.#observedCalls += 1;
  }

  protected checkEvent(): void {
    const read = this.#read;
    this.#read = undefined;
    const lines = this.takeLines('read', 'older', 'malformed');
    if (read) this.#judge(read, lines);
    else {
      this.expect(lines, [], 'lines without a read');
      this.expect(this.#handshakes, [], 'handshakes without a read');
    }
    const logged = this.takeLines('handshake').map(({ seq }) => seq);
    this.expect(logged, this.#acknowledged, 'acknowledged handshakes');
    const completed = this.#acknowledged.length + (read && this.#handshakes.length === 0 ? 1 : 0);
    this.expect(this.#observedCalls, completed, 'completed observations');
    this.#counts.handshakes += this.#acknowledged.length;
    this.#acknowledged = [];
    this.#handshakes = [];
    this.#observedCalls = 0;
  }

  /** A connected observer reads the key in time, whether or not notifications arrive. */
  checkPolled(): void {
    const { recheckIntervalMs: ms } = this.#schedule;
    if (ms === 0 || this.#doneAt === undefined || this.#inFlight) return;
    if (this.world.now - this.#doneAt > (ms + MAX_LATE_MS) * 1000) this.fail('has not polled the key');
  }

  protected checkSummary(counts: Fields): void {
    for (const [name, count] of Object.entries(this.#counts)) this.expect(counts[name], count, name);
    const fates = [...this.fates.keys()].sort((one, other) => one - other);
    const first = fates[0] ?? 0;
    this.expect(
      fates,
      Array.from(fates, (_, i) => first + i),
      'writes that are accounted for',
    );
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

  #judge(read: Read, lines: Fields[]): void {
    const announced = read.announced || this.#led || this.#notified;
    this.#counts.reads += 1;
    const write = parse(read.value);
    const unannounced = this.#known !== undefined && !this.#seen;
    if (write) this.#seen = true;
    if (write && (!this.#known || write.micros > this.#known.micros)) {
      this.#observe(write, announced && !unannounced, lines);
      return;
    }
    if (this.#unacknowledged && write?.text === this.#known?.text) {
      this.expect(this.#handshakes, [this.handshake], 'handshake that is sent again');
      this.expect(lines, [], 'lines about a handshake that is sent again');
      return;
    }
    this.#doneAt = this.world.now;
    this.expect(this.#handshakes, [], 'handshakes for a value that is not new');
    const warning = this.#warning(read.value, write, announced);
    this.expect(
      lines.map(({ event }) => event),
      warning ? [warning] : [],
      'warnings',
    );
    if (warning) this.#counts[warning] += 1;
  }

  /** Returns the event to log about a value that is not new. A poll does not repeat the last warning. */
  #warning(
    value: Read['value'],
    write: Write | undefined,
    announced: boolean,
  ): 'older' | 'malformed' | undefined {
    if (write ? write.text === this.#known?.text : value === null && !announced) return undefined;
    const repeated = !announced && this.#warned === String(value);
    this.#warned = String(value);
    if (repeated) return undefined;
    return write ? 'older' : 'malformed';
  }

  #observe(write: Write, announced: boolean, lines: Fields[]): void {
    const { seq, micros } = write;
    const gap = this.#known ? seq - this.#known.seq : 0;
    const conflated = announced ? Math.max(gap - 1, 0) : 0;
    const missed = announced ? 0 : gap;
    const node = this.connections[0]?.node.name;
    const expected = {
      event: 'read',
      node,
      seq,
      differenceSeconds: (this.clock.micros() - micros) / 1e6,
      ...(conflated > 0 && { conflated }),
      ...(!announced && { caughtUp: true, missed }),
    };
    this.expect(lines, [expected], 'line of the observation');
    const now = this.clock.micros();
    this.handshake = `Handshake from ${this.service} for Writer seq ${seq} micros ${now} timestamp ${Math.floor(now / 1e6)}`;
    this.#unacknowledged = true;
    this.expect(this.#handshakes, [this.handshake], 'handshake');
    for (let i = seq - gap + 1; i < seq; i += 1) this.#settleFate(i, announced ? 'conflated' : 'missed');
    this.#settleFate(seq, 'observed');
    this.#counts.observed += 1;
    if (!announced) this.#counts.caughtUp += 1;
    this.#counts.conflated += conflated;
    this.#counts.missed += missed;
    this.#known = write;
    this.#warned = undefined;
  }

  #settleFate(seq: number, fate: 'observed' | 'conflated' | 'missed'): void {
    if (this.fates.has(seq)) this.fail(`accounts for write ${seq} twice`);
    this.fates.set(seq, fate);
  }
}

/** Returns a write of the writer. */
export function parse(value: string | null | undefined): Write | undefined {
  const [text, seq, micros] = /^Writer seq (\d+) micros (\d+) timestamp \d+$/.exec(value ?? '') ?? [];
  return text === undefined ? undefined : { text, seq: Number(seq), micros: Number(micros) };
}
