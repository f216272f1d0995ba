/** Reads the settings of setting-table.ts from an environment. */
import type { z } from 'zod';
import type { Node } from './nodes.ts';
import { SERVICE_TABLE, type Service } from './services.ts';
import type { Row } from './setting-schemas.ts';
import { SETTINGS } from './setting-table.ts';
import { shown } from './value.ts';

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
  if (read.INTERVAL_KEY !== undefined && read.INTERVAL_KEY === handshakeKey)
    problems.push(sameKey(read.INTERVAL_KEY));
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
  if (Boolean(read.OPERATOR_USERNAME) !== Boolean(read.OPERATOR_PASSWORD_FILE))
    problems.push('OPERATOR_USERNAME: expected it and OPERATOR_PASSWORD_FILE, or neither');
  if (read.INTERVAL_KEY && read.INTERVAL_KEY === read.SHARED_KEY) problems.push(sameKey(read.INTERVAL_KEY));
  if (read.KEYDB_NODES) problems.push(...contradictionsOfNodes(read, read.KEYDB_NODES));
  return problems;
}

function sameKey(key: string): string {
  return `INTERVAL_KEY: expected another key than SHARED_KEY and HANDSHAKE_KEY, got "${shown(key)}"`;
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
