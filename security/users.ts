/**
 * Who may do what on a node of a secure mesh: one row a user, with the least that its work needs. The default user is
 * off. AUTH and HELLO are everybody's, or nobody could say who he is.
 *
 * KeyDB 6.3.4 has the access rules of Redis 6.2, and what those cannot express is open: a user that may read a key with
 * one command may touch it with all of his commands (so a writer could set a handshake, and an observer the shared
 * key), and rules hold in every database.
 */
import { channelsOf, patternsOf } from '../common/channels.ts';
import { pickSettings, type Settings } from '../common/settings.ts';
import { globOf, HandshakeKeys } from '../writer/handshake-keys.ts';

/** The settings that the rules follow: when one of them is changed, the access file has to be made anew. */
export type RuleSettings = Pick<Settings, 'KEYDB_DB' | 'SHARED_KEY' | 'HANDSHAKE_TEMPLATE' | 'KEY_CHANNEL'>;

/** Reads these settings. @throws SettingsError. */
export function ruleSettings(env: NodeJS.ProcessEnv): RuleSettings {
  const { HANDSHAKE_KEY: template, ...settings } = pickSettings(env, [
    'KEYDB_DB',
    'SHARED_KEY',
    'HANDSHAKE_KEY',
    'KEY_CHANNEL',
  ]);
  return { ...settings, HANDSHAKE_TEMPLATE: template };
}

export interface User {
  /** What it is for. */
  about: string;
  /** Patterns of keys. */
  keys: (settings: RuleSettings) => string[];
  /** Channels, and patterns as they are subscribed to. */
  channels: (settings: RuleSettings) => string[];
  /** Commands, `command|subcommand` where only that one is needed. */
  commands: (settings: RuleSettings) => string[];
}

const NONE = () => [];
/** What every client library sends: PING on a quiet connection, and the name for CLIENT LIST. */
const CLIENT = ['ping', 'client|setname'];

/** Every connection begins in database 0. */
const selecting = ({ KEYDB_DB }: RuleSettings) => (KEYDB_DB === 0 ? [] : ['select']);

/** Every read that the verifier makes of values, where digests are refused or a difference has to be shown. */
const READS = [
  ...['type', 'exists', 'pttl', 'dump'],
  ...['get', 'getrange', 'strlen'],
  ...['llen', 'lrange'],
  ...['hlen', 'hget', 'hgetall', 'hscan'],
  ...['scard', 'sismember', 'smembers', 'sscan'],
  ...['zcard', 'zrange', 'zscore'],
  ...['xlen', 'xrange'],
];

export const USERS = {
  writer: {
    about: 'the writer: sets the shared key, reads the handshakes',
    keys: ({ SHARED_KEY, HANDSHAKE_TEMPLATE }) => [
      globOf(SHARED_KEY),
      new HandshakeKeys(HANDSHAKE_TEMPLATE).glob,
    ],
    channels: (settings) => [
      ...channelsOf(globOf(settings.SHARED_KEY), settings),
      ...patternsOf(new HandshakeKeys(settings.HANDSHAKE_TEMPLATE).glob, settings),
    ],
    // PSUBSCRIBE finds the handshakes of all observers where the channel has the key's name.
    commands: (settings) => [
      ...CLIENT,
      ...selecting(settings),
      ...['get', 'set', 'wait', 'subscribe'],
      ...(settings.KEY_CHANNEL === 'keyevent' ? [] : ['psubscribe']),
    ],
  },
  'sync-observer': observer('sync-observer'),
  'async-observer': observer('async-observer'),
  replication: {
    about: 'the nodes themselves, towards one another',
    // What is replicated is not the user's doing: the stream has all keys whatever is said here.
    keys: NONE,
    channels: NONE,
    commands: () => ['psync', 'replconf', 'ping'],
  },
  monitor: {
    about: 'health checks and metrics: counters, no data',
    keys: NONE,
    channels: NONE,
    commands: () => [...CLIENT, 'info'],
  },
  verifier: {
    about: 'npm run verify: reads every key, writes none',
    keys: () => ['*'],
    channels: NONE,
    // INFO tells of databases and of replication, TIME makes expiries comparable.
    commands: () => [...CLIENT, 'info', 'time', 'select', 'scan', 'debug|digest-value', ...READS],
  },
  admin: {
    about: 'people: repair, backup and restore, rotation, tests that insert data; everything',
    keys: () => ['*'],
    channels: () => ['*'],
    commands: () => ['@all'],
  },
} satisfies Record<string, User>;

export type UserName = keyof typeof USERS;
export const USER_NAMES = Object.keys(USERS) as UserName[];

function observer(service: 'sync-observer' | 'async-observer'): User {
  return {
    about: `${service}: reads the shared key, sets its own handshake`,
    keys: ({ SHARED_KEY, HANDSHAKE_TEMPLATE }) => [
      globOf(SHARED_KEY),
      // Several of one kind have names that begin alike: sync-observer-{hostname}.
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
