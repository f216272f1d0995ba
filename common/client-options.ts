/** Options for a connection to a node, independent of the client library. */
import { readFileSync } from 'node:fs';
import { passwordIn } from './password-file.ts';
import { type Settings, SettingsError } from './settings.ts';
import { shown } from './value.ts';

export interface Access {
  /** Returns the password; called for each connection. If omitted, there is no password. */
  password?: () => string;
  /** User name. If omitted, the default user. */
  username?: string;
  db: number;
  /** TLS options. If omitted, the connection uses plain TCP. */
  tls?: { ca?: Buffer };
  /** Timeout for incoming data while a reply is expected, in milliseconds. */
  timeoutMs: number;
  /** Interval between PINGs on a connection, in milliseconds. */
  pingIntervalMs: number;
  /**
   * Timeout for the reply to PING, in milliseconds. Detects a node that keeps sending data but does not answer; the
   * libraries' own timeouts restart at every byte.
   */
  answerTimeoutMs: number;
  /** Name of the connection in CLIENT LIST. */
  name: string;
}

/** A hung node is detected within one ping interval and one timeout: 1.5 s by default. */
const PINGS_PER_TIMEOUT = 2;

/** The reply to PING may queue behind all notifications that a node buffers for a slow reader: 32 MB. */
const TIMEOUTS_PER_ANSWER = 10;

/** Time for commands in flight to finish when a service stops: half of the documented two seconds. */
export const STOP_GRACE_MS = 1_000;

/** The settings that decide how a client authenticates, and whether it uses TLS. */
export const CREDENTIALS = [
  'KEYDB_USERNAME',
  'KEYDB_PASSWORD',
  'KEYDB_PASSWORD_FILE',
  'KEYDB_TLS',
  'KEYDB_TLS_CA',
] as const;
/** The settings that decide how a client connects to a node. */
export const ACCESS = [...CREDENTIALS, 'KEYDB_DB', 'NODE_TIMEOUT_MS', 'SERVICE_NAME'] as const;

/** @throws SettingsError if KEYDB_TLS_CA or KEYDB_PASSWORD_FILE cannot be read. */
export function credentialsOf(
  settings: Pick<Settings, (typeof CREDENTIALS)[number]>,
): Pick<Access, 'username' | 'password' | 'tls'> {
  const { KEYDB_USERNAME, KEYDB_PASSWORD, KEYDB_PASSWORD_FILE, KEYDB_TLS } = settings;
  return {
    ...(KEYDB_USERNAME !== '' && { username: KEYDB_USERNAME }),
    ...(KEYDB_PASSWORD !== '' && { password: () => KEYDB_PASSWORD }),
    ...(KEYDB_PASSWORD_FILE !== '' && { password: passwordIn(KEYDB_PASSWORD_FILE) }),
    ...(KEYDB_TLS && { tls: readCa(settings.KEYDB_TLS_CA) }),
  };
}

/** @throws SettingsError if KEYDB_TLS_CA or KEYDB_PASSWORD_FILE cannot be read. */
export function accessOf(settings: Pick<Settings, (typeof ACCESS)[number]>): Access {
  const { KEYDB_DB, NODE_TIMEOUT_MS, SERVICE_NAME } = settings;
  return {
    ...credentialsOf(settings),
    db: KEYDB_DB,
    timeoutMs: NODE_TIMEOUT_MS,
    pingIntervalMs: NODE_TIMEOUT_MS / PINGS_PER_TIMEOUT,
    answerTimeoutMs: NODE_TIMEOUT_MS * TIMEOUTS_PER_ANSWER,
    name: SERVICE_NAME,
  };
}

function readCa(path: string): { ca?: Buffer } {
  return path === '' ? {} : { ca: readSettingFile('KEYDB_TLS_CA', path) };
}

/** Reads the file that a setting names. @throws SettingsError */
export function readSettingFile(setting: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new SettingsError([
      `${setting}: expected a readable file, got "${shown(path)}" (${shown((error as Error).message)})`,
    ]);
  }
}

/** Returns the error for a node that exceeds `answerTimeoutMs`. */
export function noAnswer({ answerTimeoutMs }: Access): Error {
  return new Error(`no reply for ${answerTimeoutMs} ms, although the node keeps sending data`);
}
