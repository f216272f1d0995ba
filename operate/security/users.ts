/**
 * The users of a secure mesh: one row per user, with the least rights that its work needs. The default user is off. AUTH
 * and HELLO are open to every client, because clients authenticate with them.
 *
 * KeyDB 6.3.4 has the access rules of Redis 6.2, which cannot express two limits. A user that may access a key may use
 * all of its commands on that key, so a writer could set a handshake, and an observer the shared key. Rules apply in
 * every database.
 */
import { channelsOf, patternsOf } from '../../common/channels.ts';
import { globOf, HandshakeKeys } from '../../common/handshake-keys.ts';
import { SERVICE_TABLE, SERVICES, type Service } from '../../common/services.ts';
import { pickSettings, type Settings } from '../../common/settings.ts';
import { canaryChannel, canaryKey } from '../../toolkit/canary-key.ts';

/** The settings that the rules depend on. If one of them changes, the access file must be created again. */
export type RuleSettings = Pick<
  Settings,
  'KEYDB_DB' | 'SHARED_KEY' | 'HANDSHAKE_TEMPLATE' | 'INTERVAL_KEY' | 'KEY_CHANNEL'
>;

/** Reads these settings. @throws SettingsError. */
export function ruleSettings(env: NodeJS.ProcessEnv): RuleSettings {
  const { HANDSHAKE_KEY: template, ...settings } = pickSettings(env, [
    'KEYDB_DB',
    'SHARED_KEY',
    'HANDSHAKE_KEY',
    'INTERVAL_KEY',
    'KEY_CHANNEL',
  ]);
  return { ...settings, HANDSHAKE_TEMPLATE: template };
}

export interface User {
  /** Purpose of the user. */
  about: string;
  /** Key patterns. */
  keys: (settings: RuleSettings) => string[];
  /** Channels, and patterns for PSUBSCRIBE. */
  channels: (settings: RuleSettings) => string[];
  /** Commands; `command|subcommand` if only that subcommand is needed. */
  commands: (settings: RuleSettings) => string[];
}

const NONE = () => [];
/** Commands that every client library sends: PING on an idle connection, and the name for CLIENT LIST. */
const CLIENT = ['ping', 'client|setname'];

/** Every connection starts in database 0. */
const selecting = ({ KEYDB_DB }: RuleSettings) => (KEYDB_DB === 0 ? [] : ['select']);

/** Commands with which the verifier reads values if DEBUG is rejected, or to print a difference. */
const READS = [
  ...['type', 'exists', 'pttl', 'dump'],
  ...['get', 'getrange', 'strlen'],
  ...['llen', 'lrange'],
  ...['hlen', 'hget', 'hgetall', 'hscan'],
  ...['scard', 'sismember', 'smembers', 'sscan'],
  ...['zcard', 'zrange', 'zscore'],
  ...['xlen', 'xrange'],
];

/**
 * Commands of the Lua scripts in table/lua/, which the node checks one by one. Redis 7 allows SORT with GET only to users
 * of all keys. The scripts then read each row on its own, which takes longer.
 */
const IN_SCRIPTS = [
  ...['command', 'del', 'exists', 'get', 'incr', 'incrby', 'scan', 'set', 'type', 'unlink'],
  ...['hget', 'hgetall', 'hset'],
  ...['sadd', 'scard', 'sinter', 'sismember', 'smembers', 'smismember', 'sort', 'srem', 'sscan', 'sunion'],
  ...['zadd', 'zcount', 'zrangebyscore', 'zrem'],
];

const ROLES = { writer, observer };
const SERVICE_USERS = SERVICES.map((name) => [name, ROLES[SERVICE_TABLE[name].role](name)]);

/** Returns the pattern of a key that can be turned off. */
function globsOf(key: string): string[] {
  return key === '' ? [] : [globOf(key)];
}

export const USERS = {
  ...(Object.fromEntries(SERVICE_USERS) as Record<Service, User>),
  replication: {
    about: 'the nodes, for replication between them',
    // Key rules do not limit replication: the stream contains all keys.
    keys: NONE,
    channels: NONE,
    commands: () => ['psync', 'replconf', 'ping'],
  },
  monitor: {
    about: 'health checks and npm run monitor: reads the shared key and the interval, writes its canaries',
    // A user may use all of its commands on each of its keys. HSET cannot change the other keys, because they are strings.
    keys: ({ SHARED_KEY, INTERVAL_KEY }) => [globOf(SHARED_KEY), ...globsOf(INTERVAL_KEY), canaryKey('*')],
    channels: ({ KEYDB_DB }) => [canaryChannel('*', KEYDB_DB)],
    commands: (settings) => [
      ...CLIENT,
      ...selecting(settings),
      // An entry of the slow log contains the arguments of a slow command, so it can contain data.
      ...['info', 'slowlog|get', 'get', 'hset', 'hget', 'subscribe', 'client|tracking'],
    ],
  },
  operator: {
    about: 'the live page of npm run monitor: sets the interval',
    keys: ({ INTERVAL_KEY }) => globsOf(INTERVAL_KEY),
    channels: NONE,
    commands: (settings) => [...CLIENT, ...selecting(settings), 'set', 'del'],
  },
  table: {
    about: 'npm run table: reads and writes the tables, for all clients of the gateway',
    keys: () => ['schema:*', '{*}:*', 'table:tables', 'table:home'],
    channels: NONE,
    commands: () => [
      ...CLIENT,
      // For clients of the gateway, which may use them without further rights.
      ...['client|getname', 'client|id', 'client|info', 'echo', 'select', 'multi', 'exec', 'discard'],
      ...['info', 'module|list', 'script|exists', 'script|load', 'evalsha'],
      ...IN_SCRIPTS,
    ],
  },
  verifier: {
    about: 'npm run verify: reads every key, writes none',
    keys: () => ['*'],
    channels: NONE,
    // INFO reports databases and replication, and TIME makes expiries comparable.
    commands: () => [...CLIENT, 'info', 'time', 'select', 'scan', 'debug|digest-value', ...READS],
  },
  admin: {
    about: 'people: repair, backup, restore, rotation, and tests that insert data; all commands',
    keys: () => ['*'],
    channels: () => ['*'],
    commands: () => ['@all'],
  },
} satisfies Record<string, User>;

export type UserName = keyof typeof USERS;
export const USER_NAMES = Object.keys(USERS) as UserName[];

function writer(service: Service): User {
  return {
    about: `${service}: sets the shared key, reads the handshakes and the interval`,
    keys: ({ SHARED_KEY, HANDSHAKE_TEMPLATE, INTERVAL_KEY }) => [
      globOf(SHARED_KEY),
      ...globsOf(INTERVAL_KEY),
      new HandshakeKeys(HANDSHAKE_TEMPLATE).glob,
    ],
    channels: (settings) => [
      ...new Set(
        [settings.SHARED_KEY, settings.INTERVAL_KEY]
          .filter((key) => key !== '')
          .flatMap((key) => channelsOf(globOf(key), settings)),
      ),
      ...patternsOf(new HandshakeKeys(settings.HANDSHAKE_TEMPLATE).glob, settings),
    ],
    // PSUBSCRIBE receives the handshakes of all observers if the channel contains the key's name.
    commands: (settings) => [
      ...CLIENT,
      ...selecting(settings),
      ...['get', 'set', 'wait', 'subscribe'],
      ...(settings.KEY_CHANNEL === 'keyevent' ? [] : ['psubscribe']),
    ],
  };
}

function observer(service: Service): User {
  return {
    about: `${service}: reads the shared key, sets its own handshake`,
    keys: ({ SHARED_KEY, HANDSHAKE_TEMPLATE }) => [
      globOf(SHARED_KEY),
      // Several services of one kind share a name prefix: sync-observer-{hostname}.
      new HandshakeKeys(HANDSHAKE_TEMPLATE.replaceAll('{service}', `${service}{service}`)).glob,
    ],
    channels: (settings) =>
      settings.KEY_CHANNEL === 'tracking'
        ? ['__redis__:invalidate']
        : channelsOf(globOf(settings.SHARED_KEY), settings),
    commands: (settings) => [
      ...CLIENT,
      ...selecting(settings),
      ...['get', 'set', 'subscribe'],
      ...(settings.KEY_CHANNEL === 'tracking' ? ['client|tracking', 'client|id'] : []),
    ],
  };
}
