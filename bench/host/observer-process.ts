/** The observers that are measured, each a process of its own. */
import { SERVICE_FLAGS } from '../../local/service-flags.ts';
import type { Lane } from '../raw/lane.ts';
import { Child } from './child.ts';

/** The services, as they are run; the rest is `bench/observers/`. */
const SERVICES = ['sync-observer', 'async-observer'];

/** Each observer's database: see `Lane`. Redis and KeyDB have 16. */
const DATABASES = [
  'unused',
  'floor',
  'sync-observer',
  'async-observer',
  'sync-probe',
  'async-probe',
  'naive',
  'naive-pipelined',
  'sync-observer, info',
  'async-observer, info',
  'alone',
  'crowd',
  'memory',
  'arrival',
];

/** The lane of a subject. @throws Error if there is none. */
export function laneOf(subject: string): Lane {
  const db = DATABASES.indexOf(subject);
  if (db < 1) throw new Error(`no database is set aside for ${subject}`);
  return { db, key: 'bench:shared', handshakeKey: `bench:handshake:${subject.replace(/\W+/g, '-')}` };
}

/** Databases that the benchmark writes to. */
export const databases: readonly number[] = DATABASES.map((_, db) => db).slice(1);

/**
 * Starts an observer. Services log from `warn` on, as the floor logs nothing; `, info` behind the subject stands for the
 * level that they have by default, with the lines thrown away.
 */
export function startObserver(
  subject: string,
  address: string,
  { lane = laneOf(subject), env = {} }: { lane?: Lane; env?: Record<string, string> } = {},
): Child {
  const [kind = '', level = 'warn'] = subject.split(', ');
  const settings = {
    KEYDB_NODES: address,
    KEYDB_DB: String(lane.db),
    SHARED_KEY: lane.key,
    HANDSHAKE_KEY: lane.handshakeKey,
    SERVICE_NAME: kind,
    LOG_LEVEL: level,
    ...env,
  };
  return SERVICES.includes(kind)
    ? new Child(`${kind}/main`, [], settings, SERVICE_FLAGS)
    : new Child('bench/observers/main', [kind], settings, SERVICE_FLAGS);
}
