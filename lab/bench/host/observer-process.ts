/** Starts the measured services, each in its own process. */
import { OBSERVERS, SERVICE_FLAGS } from '../../../common/services.ts';
import { SETTINGS } from '../../../common/setting-table.ts';
import type { Lane } from '../raw/lane.ts';
import { Child } from './child.ts';
import { handshakesTo, type Target } from './target.ts';

/** The key of a writer's interval, in the database of its lane. */
export const INTERVAL_KEY = 'bench:interval';

/** Set explicitly, because the environment of the benchmark may contain other values. */
const SHIPPED = {
  LOG_LEVEL: SETTINGS.LOG_LEVEL.default,
  LOG_FORMAT: SETTINGS.LOG_FORMAT.default,
  KEY_CHANNEL: SETTINGS.KEY_CHANNEL.default,
  VALUE_FORMAT: SETTINGS.VALUE_FORMAT.default,
  METRICS_PORT: SETTINGS.METRICS_PORT.default,
};

/**
 * What differs from the shipped settings, by the word after the comma: `sync-observer, warn`. Without a comma, a service
 * runs with the shipped settings.
 */
const VARIANTS: Record<string, Record<string, string>> = {
  warn: { LOG_LEVEL: 'warn' },
  tracking: { KEY_CHANNEL: 'tracking' },
};

/**
 * The database of each subject: see `Lane`. Redis and KeyDB have 16. Subjects in one line share a database, because they
 * never run at the same time.
 */
const DATABASES = [
  ['unused'],
  ['floor'],
  ...['', ', warn'].flatMap((variant) => OBSERVERS.map((name) => [`${name}${variant}`])),
  ...OBSERVERS.map((name) => [`${name}, tracking`, `${name}, metrics`]),
  ['floor, tracking', 'ioredis, callbacks', 'sync-probe', 'crowd'],
  ['naive', 'ioredis, iterator', 'async-probe', 'memory'],
  ['naive-pipelined', 'redis, callbacks', 'writer'],
  ['alone', 'redis, iterator', 'writer, metrics'],
  ['arrival', 'page'],
];

/** The lane of a subject. @throws Error if it has no database. */
export function laneOf(subject: string): Lane {
  const db = DATABASES.findIndex((subjects) => subjects.includes(subject));
  if (db < 1) throw new Error(`no database is assigned to ${subject}`);
  return { db, key: 'bench:shared', handshakeKey: `bench:handshake:${subject.replace(/\W+/g, '-')}` };
}

/** Databases that the benchmark writes to. */
export const databases: readonly number[] = DATABASES.map((_, db) => db).slice(1);

/** Starts an observer. A pipe receives its output, as in Docker and with `npm start`. */
export function startObserver(
  subject: string,
  target: Target,
  { lane = laneOf(subject), env = {} }: { lane?: Lane; env?: Record<string, string> } = {},
): Child {
  const [kind = '', variant = ''] = subject.split(', ');
  const handshakeNode = handshakesTo(target);
  const settings = {
    KEYDB_NODES: [...new Set([target.observedOn, handshakeNode])].join(),
    HOME_NODE: target.observedOn,
    WRITE_NODES: handshakeNode,
    KEYDB_DB: String(lane.db),
    SHARED_KEY: lane.key,
    HANDSHAKE_KEY: lane.handshakeKey,
    SERVICE_NAME: kind,
    ...SHIPPED,
    ...VARIANTS[variant],
    ...env,
  };
  return OBSERVERS.some((name) => name === kind)
    ? new Child(`${kind}/main`, [], settings, SERVICE_FLAGS)
    : // Other entries are in `lab/bench/observers/`.
      new Child('lab/bench/observers/main', [kind, variant], settings, SERVICE_FLAGS);
}

/** Starts a writer in its own lane. @param env further settings. */
export function startWriter(subject: string, target: Target, env: Record<string, string>): Child {
  const lane = laneOf(subject);
  const settings = {
    KEYDB_NODES: target.addresses.join(),
    HOME_NODE: target.writeTo,
    WRITE_NODES: target.writable.join(),
    KEYDB_DB: String(lane.db),
    SHARED_KEY: lane.key,
    HANDSHAKE_KEY: lane.handshakeKey,
    INTERVAL_KEY,
    SERVICE_NAME: 'writer',
    ...SHIPPED,
    ...env,
  };
  return new Child('writer/main', [], settings, SERVICE_FLAGS);
}
