/** The settings of the monitor. */
import { ACCESS } from '../common/client-options.ts';
import { listenAddress } from '../common/setting-schemas.ts';
import { pickSettings } from '../common/settings.ts';

/** Where the monitor listens if METRICS_PORT is empty. */
const DEFAULT_PORT = '7080';

/** The settings that the monitor uses. */
export const USED = [
  'KEYDB_NODES',
  'WRITE_NODES',
  'PEER_NAMES',
  'SERVICE_ADDRESSES',
  'SHARED_KEY',
  'INTERVAL_KEY',
  'METRICS_PORT',
  'LOG_LEVEL',
  'LOG_FORMAT',
  ...ACCESS,
  'OPERATOR_USERNAME',
  'OPERATOR_PASSWORD_FILE',
] as const;

export type MonitorSettings = ReturnType<typeof readMonitorSettings>;

/** @throws SettingsError that names every invalid setting and the expected value. */
export function readMonitorSettings(env: NodeJS.ProcessEnv) {
  const settings = pickSettings({ ...env, METRICS_PORT: env.METRICS_PORT?.trim() || DEFAULT_PORT }, USED);
  const { METRICS_PORT: address = listenAddress(DEFAULT_PORT), SERVICE_NAME: name } = settings;
  return { ...settings, METRICS_PORT: address, SERVICE_NAME: name || 'monitor' };
}
