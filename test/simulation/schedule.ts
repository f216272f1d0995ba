/** Defines a schedule: settings, delays, and faults. fast-check generates and shrinks it. */
import fc from 'fast-check';
import { DELAY_COUNT } from './world.ts';

export const SERVICE_NAMES = ['writer', 'sync-observer', 'async-observer'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** Duration in which faults are injected, in milliseconds. Then all are healed. */
export const FAULTY_MS = 60;
/** The longest fault, in milliseconds. */
export const MAX_FAULT_MS = 50;

/** `at`: milliseconds since the start. `ms`: how long the fault lasts. Nodes are 0, 1, and 2. */
export type Fault =
  /** Cuts a connection: the n-th command of the service is lost, its reply is lost, or its reply is the last one. */
  | { kind: 'cut'; service: ServiceName; command: number; lost: 'command' | 'reply' | 'later'; hang: boolean }
  /** The node replies to the n-th command of the service with an error, and does not execute it. */
  | { kind: 'reject'; service: ServiceName; command: number }
  /** The node applies its next write without an event. */
  | { kind: 'silent'; node: number; at: number }
  /** The node has an older value of the shared key again. */
  | { kind: 'rollback'; node: number; at: number; steps: number; event: boolean; spread: boolean }
  /** The node loads a snapshot of another node, without an event, and sends `restore` to the third one. */
  | { kind: 'resync'; node: number; from: number; at: number; ms: number }
  /** Nothing replicates between two nodes. Then the link continues from the backlog, or with a full resync. */
  | { kind: 'split'; node: number; from: number; at: number; ms: number; full: boolean }
  /** The node is hung. */
  | { kind: 'pause'; node: number; at: number; ms: number }
  /** The key is deleted, or has another type. */
  | { kind: 'deleted'; node: number; at: number; type: boolean }
  /** Another client sets the shared key, or a handshake key of its own. */
  | { kind: 'foreign'; node: number; at: number; value: Foreign }
  /** A timer of the service is late. */
  | { kind: 'late'; service: ServiceName; at: number; ms: number }
  /** The clock of the service is set. */
  | { kind: 'clock'; service: ServiceName; at: number; ms: number };

const FOREIGN = ['write', 'garbage', 'handshake', 'early handshake', 'no handshake'] as const;
export type Foreign = (typeof FOREIGN)[number];

export interface Schedule {
  channel: 'keyevent' | 'keyspace' | 'tracking';
  waitReplicas: number;
  writeIntervalMs: number;
  recheckIntervalMs: number;
  /** Milliseconds that the clock of each service is ahead. */
  offsetsMs: readonly [number, number, number];
  delays: readonly number[];
  faults: readonly Fault[];
  /** The service that is stopped during the faults, and when. */
  stop: { service: ServiceName; at: number } | undefined;
  /** At the end, the writer's node has an older value, and the writer sends no further write. */
  lastRollback: 'none' | 'silent' | 'announced';
}

const service = fc.constantFrom(...SERVICE_NAMES);
const node = fc.nat(2);
const at = fc.nat(FAULTY_MS);
const command = fc.nat(40);
const ms = fc.integer({ min: 1, max: MAX_FAULT_MS });

function kind<Kind extends Fault['kind'], T extends Record<string, fc.Arbitrary<unknown>>>(
  name: Kind,
  rest: T,
) {
  return fc.record({ kind: fc.constant(name), ...rest }) as unknown as fc.Arbitrary<Fault>;
}

const fault: fc.Arbitrary<Fault> = fc.oneof(
  {
    weight: 6,
    arbitrary: kind('cut', {
      service,
      command,
      lost: fc.constantFrom('command', 'reply', 'later'),
      hang: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: kind('reject', { service, command }) },
  { weight: 2, arbitrary: kind('silent', { node, at }) },
  {
    weight: 3,
    arbitrary: kind('rollback', {
      node,
      at,
      steps: fc.integer({ min: 1, max: 3 }),
      event: fc.boolean(),
      spread: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: kind('resync', { node, from: node, at, ms }) },
  { weight: 2, arbitrary: kind('split', { node, from: node, at, ms, full: fc.boolean() }) },
  { weight: 1, arbitrary: kind('pause', { node, at, ms }) },
  { weight: 1, arbitrary: kind('deleted', { node, at, type: fc.boolean() }) },
  { weight: 1, arbitrary: kind('foreign', { node, at, value: fc.constantFrom(...FOREIGN) }) },
  { weight: 1, arbitrary: kind('late', { service, at, ms }) },
  { weight: 1, arbitrary: kind('clock', { service, at, ms: fc.integer({ min: -200, max: 200 }) }) },
);

const offset = fc.integer({ min: -5_000, max: 5_000 });

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  channel: fc.constantFrom('keyevent', 'keyspace', 'tracking'),
  waitReplicas: fc.constantFrom(0, 0, 1, 2),
  writeIntervalMs: fc.constantFrom(40, 15, 6, 60_000),
  recheckIntervalMs: fc.constantFrom(0, 20, 60),
  offsetsMs: fc.tuple(offset, offset, offset),
  delays: fc.array(fc.nat(DELAY_COUNT - 1), { maxLength: 40 }),
  faults: fc.array(fault, { maxLength: 6 }),
  stop: fc.option(fc.record({ service, at }), { nil: undefined, freq: 4 }),
  lastRollback: fc.constantFrom('none', 'silent', 'announced'),
});
