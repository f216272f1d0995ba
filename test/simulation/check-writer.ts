/** Checks the writer's commands and log lines against the replies that the model delivers. */
import { Check, type Fields } from './check.ts';
import { type Command, type Connection, TIMEOUT_MS } from './connection.ts';
import { ExpectedHandshakes, isWithinError } from './expected-handshakes.ts';
import { parseWrite, type Write } from './expected-reads.ts';
import { ExpectedWrites } from './expected-writes.ts';
import { type ModelNode, SHARED_KEY } from './node.ts';
import type { Schedule } from './schedule.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { World } from './world.ts';

/** Maximum delay of a timer, in microseconds, unless the schedule delays it further. */
const MAX_LATE_MICROS = 1_000;

export class CheckWriter extends Check {
  readonly #schedule: Schedule;
  readonly #writes: ExpectedWrites;
  /** The newest write that the writer knows to be acknowledged. */
  acknowledged: Write | undefined;
  readonly #inFlight = new Map<Command, Write>();
  #wait: { command: Command; seq: number } | undefined;
  /** The text that the watch is about to write again, and the commands that do. */
  #rewrite: string | undefined;
  readonly #rewrites = new Set<Command>();
  /** The acknowledged write at the time of each read of the watch. */
  readonly #reads = new Map<Command, Write | undefined>();
  readonly #handshakes = new ExpectedHandshakes();
  /** The lines that the current event has to cause. */
  #expected: Fields[] = [];
  #expectedRewrites = 0;
  #acknowledgedCalls = 0;
  #rejected = 0;
  #unknown = 0;
  /** The lines of all events, counted by their event. */
  readonly #logged: Record<string, number> = { write: 0, handshake: 0, malformed: 0, older: 0 };

  constructor(world: World, clock: VirtualClock, schedule: Schedule) {
    super('writer', world, clock);
    this.#schedule = schedule;
    this.#writes = new ExpectedWrites(schedule.writeIntervalMs);
  }

  /** When the newest acknowledged write was sent, in microseconds. */
  get acknowledgedSentAt(): number {
    return this.#writes.sentAt.get(this.acknowledged?.seq ?? 0) ?? -1;
  }

  /** The number of the newest write whose handshake the writer has logged. */
  newestHandshake(observer: string): number | undefined {
    return this.#handshakes.newest.get(observer);
  }

  /** The node of the current session. */
  get node(): ModelNode | undefined {
    return this.connections[0]?.node;
  }

  override onConnected(connections: readonly Connection[]): void {
    super.onConnected(connections);
    if (this.clock.timers > 0) this.fail('keeps a timer of a lost connection');
    this.#failInFlight();
  }

  onStartWrites(): void {
    this.#writes.start(this.world.now);
  }

  onEndWrites(): void {
    this.#writes.end(this.world.now);
  }

  onRewrite(text: string): void {
    this.#rewrite = text;
    this.#expectedRewrites -= 1;
    this.expect(text, this.acknowledged?.text, 'value that is written again');
    if (this.#inFlight.size > 0) this.fail('writes an older value again while a newer write is in flight');
    if (this.#rewrites.size > 0) this.fail('writes a value again twice at a time');
  }

  onAcknowledged(): void {
    this.#acknowledgedCalls += 1;
  }

  override onSend(connection: Connection, command: Command): void {
    super.onSend(connection, command);
    const [writing] = this.connections;
    const { name, args } = command;
    if (name === 'SET' && this.#rewrite !== undefined) {
      this.expect(args, [SHARED_KEY, this.#rewrite], 'rewrite');
      this.#rewrite = undefined;
      this.#rewrites.add(command);
    } else if (name === 'SET') this.#onWrite(command);
    else if (name === 'WAIT') this.#onWait(command);
    else if (name === 'GET') this.#onRead(command);
    this.expect(connection === writing, name === 'SET' || name === 'WAIT', `connection of ${name}`);
  }

  override onReply(connection: Connection, command: Command, error: Error | null, reply: unknown): void {
    super.onReply(connection, command, error, reply);
    this.#rewrites.delete(command);
    const write = this.#inFlight.get(command);
    if (write) this.#onWritten(command, write, error);
    else if (this.#wait?.command === command) this.#onConfirmed(this.#wait.seq, error, reply);
    else if (command.name === 'GET') this.#onReadReply(command, error, reply);
  }

  onPush(): void {}

  protected checkEvent(): void {
    const lines = this.takeLines('write', 'confirmed', 'handshake', 'older', 'malformed');
    // How many ticks were skipped is checked at the end. Replies of one chunk may cause lines in any order.
    const actual = lines.map(({ skipped: _, ...line }) => line);
    this.expect(actual.sort(byEventAndKey), this.#expected.sort(byEventAndKey), 'lines');
    this.expect(this.#expectedRewrites, 0, 'rewrites that are missing');
    this.expect(this.#acknowledgedCalls, lines.filter(({ event }) => event === 'write').length, 'calls');
    for (const { event } of this.#expected)
      this.#logged[event as string] = (this.#logged[event as string] ?? 0) + 1;
    for (const line of this.takeLines('clock-offset'))
      if (!isWithinError(line, this.#schedule)) this.fail(`estimates ${JSON.stringify(line)}`);
    this.#acknowledgedCalls = 0;
    this.#expected = [];
  }

  protected checkSummary(counts: Fields): void {
    this.#failInFlight();
    const { skipped, writes, rejected, unknown, handshakes, malformed, rewritten } = counts;
    const { write, handshake, malformed: warnings, older } = this.#logged;
    this.expect(
      { writes, rejected, unknown, handshakes, malformed, rewritten },
      {
        writes: write,
        rejected: this.#rejected,
        unknown: this.#unknown,
        handshakes: handshake,
        malformed: warnings,
        rewritten: older,
      },
      'counts',
    );
    if (this.#schedule.waitReplicas === 0) this.expect(skipped, 0, 'skipped');
    if (!this.#writes.accountsFor(skipped as number, this.clock.wasLate))
      this.fail(`sends ${this.#writes.lastSeq} writes and skips ${skipped}, which does not match the ticks`);
  }

  /** The number and the time of the next write; with WAIT, one write is in flight until it is confirmed. */
  #onWrite(command: Command): void {
    const write = this.#writes.next(this.world.now, this.clock.micros());
    this.expect(command.args, [SHARED_KEY, write.text], 'write');
    if (this.state !== 'running') this.fail('writes after the stop');
    if (this.#schedule.waitReplicas > 0 && (this.#inFlight.size > 0 || this.#wait))
      this.fail(`sends write ${write.seq} before the previous one is confirmed`);
    const late = this.#writes.sinceTick(this.world.now);
    if (late === undefined) this.fail('writes outside of a session');
    else if (!this.clock.wasLate && late > MAX_LATE_MICROS) this.fail(`writes ${late} µs after a tick`);
    this.#inFlight.set(command, write);
  }

  #onWait(command: Command): void {
    const { waitReplicas } = this.#schedule;
    this.expect(command.args, [String(waitReplicas), String(TIMEOUT_MS / 2)], 'arguments of WAIT');
    this.#wait = { command, seq: this.#writes.lastSeq };
  }

  #onRead(command: Command): void {
    for (const read of this.#reads.keys())
      if (read.args[0] === command.args[0]) this.fail(`reads ${command.args[0]} twice at a time`);
    this.#reads.set(command, this.acknowledged);
  }

  #onWritten(command: Command, write: Write, error: Error | null): void {
    this.#inFlight.delete(command);
    if (error) {
      this.#rejected += 1;
      return;
    }
    if (!this.acknowledged || write.micros > this.acknowledged.micros) this.acknowledged = write;
    const { name: writer, seq, micros: sentMicros } = write;
    const acknowledgedMicros = this.clock.micros();
    this.#expected.push({ event: 'write', node: this.#node, writer, seq, sentMicros, acknowledgedMicros });
  }

  #onConfirmed(seq: number, error: Error | null, nodes: unknown): void {
    this.#wait = undefined;
    if (!error && this.acknowledged?.seq === seq)
      this.#expected.push({ event: 'confirmed', seq, node: this.#node, nodes });
  }

  #onReadReply(command: Command, error: Error | null, reply: unknown): void {
    const acknowledged = this.#reads.get(command);
    this.#reads.delete(command);
    const [key] = command.args;
    if (error?.message.startsWith('WRONGTYPE'))
      this.#expected.push({ event: 'malformed', key, reason: 'it is not a string', value: '' });
    else if (error || typeof reply !== 'string') return;
    else if (key === SHARED_KEY) this.#onOwn(reply, acknowledged);
    else {
      const line = this.#handshakes.next(key ?? '', reply, this.#writes.sentAt, this.world.now);
      if (line?.event === 'handshake') line.arrivedMicros = this.clock.micros();
      if (line) this.#expected.push(line);
    }
  }

  /** An older value than a write that was acknowledged before the read: it is repaired, unless a write is in flight. */
  #onOwn(text: string, acknowledged: Write | undefined): void {
    const write = parseWrite(text);
    if (write?.name !== 'Writer' || !acknowledged || write.micros >= acknowledged.micros) return;
    if (this.#inFlight.size > 0) return;
    this.#expectedRewrites += 1;
    this.#expected.push({ event: 'older', value: text, newest: this.acknowledged?.text });
  }

  /** The writes of a lost session have an unknown outcome. */
  #failInFlight(): void {
    this.#unknown += this.#inFlight.size;
    this.#inFlight.clear();
    this.#wait = undefined;
    this.#rewrites.clear();
    this.#reads.clear();
  }

  get #node(): string | undefined {
    return this.node?.name;
  }
}

function byEventAndKey(one: Fields, other: Fields): number {
  return lineKey(one) < lineKey(other) ? -1 : 1;
}

function lineKey({ event, key, observer }: Fields): string {
  return `${event} ${key} ${observer}`;
}
