/** Settings of the services in a run: the lab controls some, and `--set` chooses the others. */
import { InvalidArgumentError } from 'commander';
import { SETTINGS } from '../../../common/setting-table.ts';
import { readSettings, type Settings } from '../../../common/settings.ts';
import { shown } from '../../../common/value.ts';

type Name = keyof typeof SETTINGS;

/** Settings by name, as in the environment. */
export type Chosen = Partial<Record<Name, string>>;

/** Settings on which the lab's limits and checks depend, with the values that the services use. */
export type ServiceSettings = Pick<
  Settings,
  'WRITE_INTERVAL_MS' | 'WAIT_REPLICAS' | 'KEY_CHANNEL' | 'RECHECK_INTERVAL_MS' | 'NODE_TIMEOUT_MS'
>;

/**
 * Settings that the lab controls, because it starts the nodes, reads these keys, and records these log lines. Empty:
 * the default, or a value that `Team` sets.
 */
const CONTROLLED = {
  KEYDB_NODES: '',
  HOME_NODE: '',
  WRITE_NODES: '',
  PEER_NAMES: '',
  KEYDB_USERNAME: '',
  KEYDB_PASSWORD: '',
  KEYDB_PASSWORD_FILE: '',
  KEYDB_TLS: '',
  KEYDB_TLS_CA: '',
  KEYDB_DB: '',
  SHARED_KEY: '',
  HANDSHAKE_KEY: '',
  INTERVAL_KEY: '',
  VALUE_FORMAT: '',
  METRICS_PORT: '',
  SERVICE_NAME: '',
  LOG_LEVEL: 'info',
  LOG_FORMAT: 'json',
} satisfies Chosen;

/** A shorter interval than the services' default, so that a short fault affects many writes. */
const LAB_DEFAULTS = { WRITE_INTERVAL_MS: '20' } satisfies Chosen;

const names = Object.keys(SETTINGS) as Name[];

/** The settings that `--set` accepts. */
export const SETTABLE = names.filter((name) => !(name in CONTROLLED));

/** Adds one `NAME=VALUE` to the chosen settings. @throws InvalidArgumentError that names the setting. */
export function choose(text: string, before: Chosen = {}): Chosen {
  const [given = '', ...rest] = text.split('=');
  const name = SETTABLE.find((one) => one === given.trim());
  if (name === undefined || rest.length === 0) {
    const why = Object.hasOwn(CONTROLLED, given.trim()) ? `The lab controls ${given.trim()}. ` : '';
    throw new InvalidArgumentError(`${why}Expected NAME=VALUE with a NAME of ${SETTABLE.join(', ')}.`);
  }
  const value = rest.join('=').trim();
  const { success, error } = SETTINGS[name].schema.safeParse(value);
  if (success) return { ...before, [name]: value };
  throw new InvalidArgumentError(
    `${name}: expected ${error.issues[0]?.message ?? 'another value'}, got "${shown(value, 80)}".`,
  );
}

/** Returns `NAME=VALUE` for each chosen setting. */
export function listChosen(chosen: Chosen): string[] {
  return Object.entries(chosen).map(([name, value]) => `${name}=${value}`);
}

/** Returns all settings for a service's environment, so that none of the lab's own environment reaches it. */
export function environmentOf(chosen: Chosen): Record<Name, string> {
  const empty = Object.fromEntries(names.map((name) => [name, ''])) as Record<Name, string>;
  return { ...empty, ...LAB_DEFAULTS, ...chosen, ...CONTROLLED };
}

/** Returns the values that the services use with the chosen settings. */
export function settingsOf(chosen: Chosen): ServiceSettings {
  const all = readSettings(environmentOf(chosen), 'writer');
  const { WRITE_INTERVAL_MS, WAIT_REPLICAS, KEY_CHANNEL, RECHECK_INTERVAL_MS, NODE_TIMEOUT_MS } = all;
  return { WRITE_INTERVAL_MS, WAIT_REPLICAS, KEY_CHANNEL, RECHECK_INTERVAL_MS, NODE_TIMEOUT_MS };
}
