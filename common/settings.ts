/**
 * Every setting: its default, unit, meaning, and check in one row. A setting has the same name in the code as in the
 * environment, so that one search finds both.
 */
import { z } from 'zod';
import { type Node, parseNode, parseNodes } from './nodes.ts';
import { SERVICE_TABLE, type Service } from './services.ts';
import {
  flag,
  key,
  listenAddress,
  oneOf,
  parsed,
  peerNames,
  serviceName,
  wholeNumber,
} from './setting-schemas.ts';
import { shown } from './value.ts';

/** Maximum delay of Node's timers, in milliseconds; a longer one fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Row<T> {
  default: string;
  /** Whether an empty variable is a value. For other settings, it counts as absent. */
  mayBeEmpty?: true;
  unit?: string;
  about: string;
  schema: z.ZodType<T, string>;
}

/** Keeps the type of each row's value. */
function row<T>(given: Row<T>): Row<T> {
  return given;
}

export const SETTINGS = {
  KEYDB_NODES: row({
    default: '127.0.0.1:7001,127.0.0.1:7002,127.0.0.1:7003',
    about: 'the nodes of the mesh as host:port, separated by commas; use the same list for all services',
    schema: parsed(parseNodes),
  }),
  HOME_NODE: row({
    default: '',
    about:
      'the node that a service connects to first; empty: the home node in the table of common/services.ts',
    schema: parsed((text): Node | undefined => (text === '' ? undefined : parseNode(text))),
  }),
  WRITE_NODES: row({
    default: '',
    about:
      'the nodes that accept writes, such as the primary of replicas; empty: all of KEYDB_NODES. The writer connects only to these; an observer whose node is not among them sends its handshakes to one of these',
    schema: parsed((text): Node[] => (text === '' ? [] : parseNodes(text))),
  }),
  PEER_NAMES: row({
    default: '',
    about:
      'for the monitor, if nodes replicate from other addresses than those in KEYDB_NODES: the name of each address, as address=name, separated by commas, such as 10.213.71.11:6379=keydb_01:6379',
    schema: parsed(peerNames),
  }),
  KEYDB_USERNAME: row({ default: '', about: 'ACL user; empty: the default user', schema: z.string() }),
  KEYDB_PASSWORD: row({
    default: '',
    about: 'password of that user; empty: none',
    schema: z.string(),
  }),
  KEYDB_PASSWORD_FILE: row({
    default: '',
    about: 'file with that password, instead of KEYDB_PASSWORD; read again for each connection',
    schema: z.string(),
  }),
  KEYDB_TLS: row({ default: 'false', about: 'connect with TLS: true or false', schema: flag() }),
  KEYDB_TLS_CA: row({
    default: '',
    about:
      "file with the certificate authority that signed the nodes' certificates; empty: the system's authorities",
    schema: z.string(),
  }),
  KEYDB_DB: row({ default: '0', about: 'database number', schema: wholeNumber(0, 1_000_000) }),
  SHARED_KEY: row({
    default: 'shared_key',
    about: 'the key that the writer sets and the observers watch',
    schema: key(),
  }),
  HANDSHAKE_KEY: row({
    default: 'handshake_key:{service}',
    about:
      "the key of an observer's handshakes; {service} stands for its SERVICE_NAME. Without {service}, all observers share one key, and concurrent handshakes diverge",
    schema: key(),
  }),
  VALUE_FORMAT: row({
    default: 'full',
    about:
      'how services write values: full, or classic (name and timestamp in whole seconds, without seq and micros); use the same for all services',
    schema: oneOf('full', 'classic'),
  }),
  WRITE_INTERVAL_MS: row({
    default: '10000',
    unit: 'milliseconds',
    about: 'time between two writes',
    schema: wholeNumber(1, MAX_TIMER_MS),
  }),
  INTERVAL_KEY: row({
    default: 'update_interval',
    mayBeEmpty: true,
    about:
      'the key that changes the time between two writes while the writer runs: whole seconds from 1 to 3600. Without a valid value, WRITE_INTERVAL_MS applies; empty: the writer reads no such key',
    schema: key(),
  }),
  WAIT_REPLICAS: row({
    default: '0',
    unit: 'nodes',
    about:
      'after each write, wait until this many other nodes have confirmed it (WAIT), and warn if fewer do; 0: do not wait',
    schema: wholeNumber(0, 100),
  }),
  KEY_CHANNEL: row({
    default: 'keyevent',
    about:
      'how a node announces a write: keyevent (channel of all keys, filtered here), keyspace (channel of this key), or tracking (CLIENT TRACKING: one push per read, for observers; the writer then uses keyspace)',
    schema: oneOf('keyevent', 'keyspace', 'tracking'),
  }),
  RECHECK_INTERVAL_MS: row({
    default: '5000',
    unit: 'milliseconds',
    about: 'maximum time between reads of the key, because a notification can be lost; 0: never poll',
    schema: wholeNumber(0, MAX_TIMER_MS),
  }),
  NODE_TIMEOUT_MS: row({
    default: '1000',
    unit: 'milliseconds',
    about: 'a node that does not accept a connection, or does not answer, within this time counts as lost',
    schema: wholeNumber(50, 600_000),
  }),
  LOG_LEVEL: row({
    default: 'info',
    about: 'trace, debug, info, warn, error, fatal, or silent',
    schema: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  }),
  LOG_FORMAT: row({
    default: 'pretty',
    about: 'pretty (for people) or json (for programs)',
    schema: oneOf('pretty', 'json'),
  }),
  METRICS_PORT: row({
    default: '',
    about:
      'port of 127.0.0.1, or host:port, at which a service serves /metrics, /healthz, and /readyz; different for each service on a machine; empty: off',
    schema: parsed((text): Node | undefined => (text === '' ? undefined : listenAddress(text))),
  }),
  SERVICE_NAME: row({
    default: '',
    about:
      "this service's name in logs and values; empty: the name of its folder. {hostname} stands for the host name, so that the names of several instances differ",
    schema: parsed(serviceName),
  }),
};

type Table = typeof SETTINGS;
export type SettingName = keyof Table;
const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];
type Read = { [Name in SettingName]: z.output<Table[Name]['schema']> };

/** The settings of one service, checked; `HOME_NODE`, `WRITE_NODES`, `SERVICE_NAME` and `HANDSHAKE_KEY` are resolved. */
export type Settings = Omit<Read, 'HOME_NODE'> & {
  HOME_NODE: Node;
  /** `HANDSHAKE_KEY` as given, for programs that read the handshakes of all observers. */
  HANDSHAKE_TEMPLATE: string;
};

/** Names every invalid setting of an environment, one per line. */
export class SettingsError extends Error {
  override name = 'SettingsError';
  constructor(problems: string[]) {
    super(
      `wrong settings (from the environment or .env):\n${problems.map((line) => `  ${line}`).join('\n')}`,
    );
  }
}

/**
 * Reads the settings of a service from an environment. An empty variable counts as absent, unless the row says otherwise.
 * @throws SettingsError that names every invalid setting and the expected value.
 */
export function readSettings(env: NodeJS.ProcessEnv, service: Service): Settings {
  const problems: string[] = [];
  const read = readRows(env, SETTING_NAMES, problems) as Read;
  const home = homeNode(read, service, problems);
  const name = read.SERVICE_NAME || service;
  const handshakeKey = read.HANDSHAKE_KEY?.replaceAll('{service}', name);
  if (handshakeKey !== undefined && handshakeKey === read.SHARED_KEY) {
    problems.push(
      `HANDSHAKE_KEY: expected another key than SHARED_KEY, but both are "${shown(handshakeKey)}"`,
    );
  }
  if (read.INTERVAL_KEY !== undefined && [read.SHARED_KEY, handshakeKey].includes(read.INTERVAL_KEY)) {
    problems.push(
      `INTERVAL_KEY: expected another key than SHARED_KEY and HANDSHAKE_KEY, got "${shown(read.INTERVAL_KEY)}"`,
    );
  }
  if (problems.length > 0 || home === undefined) throw new SettingsError(problems);
  return {
    ...read,
    HOME_NODE: home,
    // Empty: all nodes accept writes.
    WRITE_NODES: read.WRITE_NODES.length > 0 ? read.WRITE_NODES : read.KEYDB_NODES,
    SERVICE_NAME: name,
    HANDSHAKE_KEY: handshakeKey,
    HANDSHAKE_TEMPLATE: read.HANDSHAKE_KEY,
  };
}

/**
 * Reads the settings that a tool uses. Invalid values of other settings do not matter to it.
 * @throws SettingsError that names every invalid setting among these and the expected value.
 */
export function pickSettings<Name extends SettingName>(
  env: NodeJS.ProcessEnv,
  names: readonly Name[],
): Pick<Read, Name> {
  const problems: string[] = [];
  const read = readRows(env, names, problems);
  if (problems.length > 0) throw new SettingsError(problems);
  return read as Pick<Read, Name>;
}

/** Returns the valid settings, and describes the others in `problems`. */
function readRows(env: NodeJS.ProcessEnv, names: readonly SettingName[], problems: string[]): Partial<Read> {
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const { schema, default: fallback, mayBeEmpty }: Row<unknown> = SETTINGS[name];
    const text = env[name]?.trim();
    const given = text || (text === '' && mayBeEmpty ? '' : fallback);
    const result = schema.safeParse(given);
    if (result.success) values[name] = result.data;
    else problems.push(describe(name, given, result.error));
  }
  problems.push(...contradictions(values as Partial<Read>));
  return values as Partial<Read>;
}

/** Returns problems of settings that are valid alone but not together. */
function contradictions(read: Partial<Read>): string[] {
  const problems: string[] = [];
  if (read.KEYDB_USERNAME && read.KEYDB_PASSWORD === '' && read.KEYDB_PASSWORD_FILE === '') {
    problems.push(
      'KEYDB_PASSWORD: expected a password for KEYDB_USERNAME, but it and KEYDB_PASSWORD_FILE are empty',
    );
  }
  if (read.KEYDB_PASSWORD && read.KEYDB_PASSWORD_FILE) {
    problems.push('KEYDB_PASSWORD_FILE: expected it or KEYDB_PASSWORD, but both are given');
  }
  if (read.KEYDB_TLS_CA && read.KEYDB_TLS === false) {
    problems.push('KEYDB_TLS: expected true where KEYDB_TLS_CA names a file, but it is false');
  }
  if (read.KEYDB_NODES) problems.push(...contradictionsOfNodes(read, read.KEYDB_NODES));
  return problems;
}

function contradictionsOfNodes(read: Partial<Read>, nodes: readonly Node[]): string[] {
  const { METRICS_PORT: listening, WRITE_NODES = [], PEER_NAMES = new Map() } = read;
  const names = nodes.map((node) => node.name);
  const problems: string[] = [];
  for (const [setting, used] of [
    ['WRITE_NODES', WRITE_NODES.map((node) => node.name)],
    ['PEER_NAMES', [...PEER_NAMES.values()]],
  ] as const) {
    const unknown = used.find((name) => !names.includes(name));
    if (unknown !== undefined)
      problems.push(`${setting}: expected only nodes of KEYDB_NODES (${names.join(', ')}), got "${unknown}"`);
  }
  if (listening && names.includes(listening.name)) {
    problems.push(
      `METRICS_PORT: expected another address than those of KEYDB_NODES, got "${listening.name}"`,
    );
  }
  return problems;
}

/** Returns settings with default and unit, for `--help`. */
export function describeSettings(names: readonly SettingName[] = SETTING_NAMES): string {
  const lines = names.map((name) => {
    const { default: value, unit, about }: Row<unknown> = SETTINGS[name];
    const shownDefault = value === '' ? 'empty' : unit === undefined ? value : `${value} ${unit}`;
    return `  ${name}\n      ${about}\n      default: ${shownDefault}`;
  });
  return `Settings, from the environment or a file .env:\n${lines.join('\n')}`;
}

function homeNode(read: Read, service: Service, problems: string[]): Node | undefined {
  const { KEYDB_NODES: nodes, HOME_NODE: home } = read;
  if (nodes === undefined) return undefined;
  if (home === undefined) return nodes[(SERVICE_TABLE[service].home - 1) % nodes.length];
  const found = nodes.find((node) => node.name === home.name);
  if (found === undefined) {
    problems.push(
      `HOME_NODE: expected one of ${nodes.map((node) => node.name).join(', ')}, got "${home.name}"`,
    );
  }
  return found;
}

/** Describes an invalid value. Omits the value if it could contain a password. */
function describe(name: string, given: string, error: z.ZodError): string {
  // Stryker disable next-line OptionalChaining: a rejection has at least one reason
  const expected = error.issues[0]?.message;
  const got = given.includes('@') ? '' : `, got "${shown(given, 80)}"`;
  return `${name}: expected ${expected}${got}`;
}
