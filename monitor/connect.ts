/** Opens connections to the nodes of the mesh by name, as one of the monitor's users. */
import { type Access, credentialsOf } from '../common/client-options.ts';
import type { Node } from '../common/nodes.ts';
import { passwordIn } from '../common/password-file.ts';
import { Connection } from '../toolkit/node/connection.ts';
import type { OnPush } from '../toolkit/node/resp.ts';
import type { MonitorSettings } from './settings.ts';

export type Open = (node: string, onPush?: OnPush) => Promise<Connection>;

type Credentials = Pick<Access, 'username' | 'password' | 'tls'>;

/** Returns a function that opens connections of the user that watches the mesh. @throws SettingsError as `opener`. */
export function openAsMonitor(settings: MonitorSettings, signal: AbortSignal): Open {
  return opener(settings, credentialsOf(settings), signal);
}

/**
 * Returns a function that opens connections of the user that may set the interval. On a mesh without users, the monitor
 * may. `undefined`: no user may. @throws SettingsError as `opener`.
 */
export function openAsOperator(settings: MonitorSettings, signal: AbortSignal): Open | undefined {
  const { KEYDB_USERNAME, OPERATOR_USERNAME: username, OPERATOR_PASSWORD_FILE: file } = settings;
  if (username === '') return KEYDB_USERNAME === '' ? openAsMonitor(settings, signal) : undefined;
  const password = passwordIn(file, 'OPERATOR_PASSWORD_FILE');
  return opener(settings, { ...credentialsOf(settings), username, password }, signal);
}

/**
 * Returns a function that opens a connection in the database KEYDB_DB.
 * @param signal ends the connections.
 * @throws SettingsError if KEYDB_TLS_CA or a password file cannot be read.
 */
function opener(settings: MonitorSettings, credentials: Credentials, signal: AbortSignal): Open {
  const { KEYDB_NODES, KEYDB_DB: db, NODE_TIMEOUT_MS: timeoutMs, SERVICE_NAME } = settings;
  const nodes = new Map(KEYDB_NODES.map((node) => [node.name, node]));
  const { password, ...others } = credentials;
  return async (name, onPush) => {
    const node = nodes.get(name) as Node;
    // A password file is read for each connection, because the password may have been rotated.
    const address = { ...node, ...others, ...(password && { password: password() }) };
    const connection = await Connection.open(address, { timeoutMs, signal, ...(onPush && { onPush }) });
    await connection.batch([['CLIENT', 'SETNAME', SERVICE_NAME]]);
    if (db !== 0) await connection.call(['SELECT', String(db)]);
    return connection;
  };
}
