/** What both client libraries need to know in order to connect to a node, said in neither one's words. */
import { readFileSync } from 'node:fs';
import { passwordIn } from './password-file.ts';
import { type Settings, SettingsError } from './settings.ts';
import { shown } from './value.ts';

export interface Access {
  /** Asked for each connection. Absent: no password. */
  password?: () => string;
  /** Absent: the default user. */
  username?: string;
  db: number;
  /** Absent: plain TCP. */
  tls?: { ca?: Buffer };
  /** A node that is silent for so long, while something is asked of it, is lost. */
  timeoutMs: number;
  /** So often a quiet node is asked whether it is still there. */
  pingIntervalMs: number;
  /**
   * A node that says something all the time, but leaves PING without an answer for so long, is lost too: to the client
   * libraries, which count from the last byte, it is alive.
   */
  answerTimeoutMs: number;
  /** How the connection is named in CLIENT LIST. */
  name: string;
}

/** A hung node is noticed at the latest one ping interval and one timeout after it hung: 1.5 s by default. */
const PINGS_PER_TIMEOUT = 2;

/** The answer to a PING may have to wait behind all the notifications that a node keeps for a slow reader: 32 MB. */
const TIMEOUTS_PER_ANSWER = 10;

/** What is in flight when a service is stopped has this long to finish: half of the two seconds that are promised. */
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
  if (path === '') return {};
  try {
    return { ca: readFileSync(path) };
  } catch (error) {
    throw new SettingsError([
      `KEYDB_TLS_CA: expected a readable file, got "${shown(path)}" (${shown((error as Error).message)})`,
    ]);
  }
}

/** Returns the error for a node that exceeds `answerTimeoutMs`. */
export function noAnswer({ answerTimeoutMs }: Access): Error {
  return new Error(`no reply for ${answerTimeoutMs} ms, although the node keeps sending data`);
}
