/** The nodes to talk to, from the settings that the services have. */
import { config } from 'dotenv';
import { accessOf } from '../common/client-options.ts';
import { parseNodes } from '../common/nodes.ts';
import { readSettings, SettingsError } from '../common/settings.ts';
import type { Address } from '../verifier/node/address.ts';
import { UsageError } from '../verifier/node/errors.ts';

/**
 * @param nodes host:port, comma separated; absent: KEYDB_NODES.
 * @param option how the command line calls them.
 * @throws UsageError that names the bad setting or option.
 */
export function addressesFrom(nodes: string | undefined, option: string, env: NodeJS.ProcessEnv): Address[] {
  if (env === process.env) config({ quiet: true });
  try {
    const settings = readSettings(env, 'writer');
    const { username, password, tls } = accessOf(settings);
    const access = {
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(tls && { tls }),
    };
    const wanted = nodes === undefined ? settings.KEYDB_NODES : parseNodes(nodes);
    return wanted.map((node) => ({ ...node, ...access }));
  } catch (error) {
    if (error instanceof SettingsError) throw new UsageError(error.message.replaceAll(/\n\s*/g, ' '));
    throw new UsageError(`${option}: expected ${(error as Error).message}`);
  }
}
