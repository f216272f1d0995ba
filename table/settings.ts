/** The settings of the gateway. */
import type { TlsOptions } from 'node:tls';
import { CREDENTIALS, readSettingFile } from '../common/client-options.ts';
import type { Node } from '../common/nodes.ts';
import { pickSettings, SettingsError } from '../common/settings.ts';

/** The settings that the gateway uses. */
export const USED = [
  'KEYDB_NODES',
  'HOME_NODE',
  'WRITE_NODES',
  ...CREDENTIALS,
  'NODE_TIMEOUT_MS',
  'TABLE_PORT',
  'TABLE_SCAN_LIMIT',
  'TABLE_STRICT',
  'TABLE_ACL_FILE',
  'TABLE_TLS_CERT',
  'TABLE_TLS_KEY',
  'TABLE_TLS_CA',
  'TABLE_MAX_CONNECTIONS',
  'TABLE_MAX_REQUEST_BYTES',
  'TABLE_MAX_PIPELINE',
  'METRICS_PORT',
  'LOG_LEVEL',
  'LOG_FORMAT',
  'SERVICE_NAME',
] as const;

export type TableSettings = ReturnType<typeof readTableSettings>;

/** @throws SettingsError that names every invalid setting and the expected value. */
export function readTableSettings(env: NodeJS.ProcessEnv) {
  const settings = pickSettings(env, USED);
  const { KEYDB_NODES, WRITE_NODES, SERVICE_NAME } = settings;
  const nodes = WRITE_NODES.length > 0 ? WRITE_NODES : KEYDB_NODES;
  const home = settings.HOME_NODE ?? nodes[0];
  const problems = contradictions(settings, nodes);
  if (problems.length > 0 || home === undefined) throw new SettingsError(problems);
  return { ...settings, WRITE_NODES: nodes, HOME_NODE: home, SERVICE_NAME: SERVICE_NAME || 'table' };
}

type Picked = ReturnType<typeof pickSettings<(typeof USED)[number]>>;

/** Returns problems of settings that are valid alone but not together. @param nodes that accept writes. */
function contradictions(settings: Picked, nodes: readonly Node[]): string[] {
  const { HOME_NODE: home, TABLE_PORT: port, METRICS_PORT: metrics, KEYDB_NODES } = settings;
  const { TABLE_TLS_CERT: cert, TABLE_TLS_KEY: key, TABLE_TLS_CA: ca } = settings;
  const names = nodes.map(({ name }) => name);
  const problems: string[] = [];
  if (home && !names.includes(home.name))
    problems.push(`HOME_NODE: expected a node that accepts writes (${names.join(', ')}), got "${home.name}"`);
  if ([...KEYDB_NODES, ...(metrics ? [metrics] : [])].some(({ name }) => name === port.name))
    problems.push(
      `TABLE_PORT: expected another address than KEYDB_NODES and METRICS_PORT, got "${port.name}"`,
    );
  if ((cert === '') !== (key === ''))
    problems.push('TABLE_TLS_KEY: expected it and TABLE_TLS_CERT, or neither');
  if (ca !== '' && cert === '')
    problems.push('TABLE_TLS_CA: expected it only together with TABLE_TLS_CERT, which is empty');
  return problems;
}

/** Returns the options for TLS towards clients; `undefined`: plain TCP. @throws SettingsError */
export function tlsOptions(settings: TableSettings): TlsOptions | undefined {
  if (settings.TABLE_TLS_CERT === '') return undefined;
  const tls = { cert: read(settings, 'TABLE_TLS_CERT'), key: read(settings, 'TABLE_TLS_KEY') };
  if (settings.TABLE_TLS_CA === '') return tls;
  return { ...tls, ca: read(settings, 'TABLE_TLS_CA'), requestCert: true, rejectUnauthorized: true };
}

function read(settings: TableSettings, name: 'TABLE_TLS_CERT' | 'TABLE_TLS_KEY' | 'TABLE_TLS_CA'): Buffer {
  return readSettingFile(name, settings[name]);
}
