/** Errors that end a run, each in one line with the node and the remedy. */
import { shown } from '../../common/value.ts';
import type { ReplyError } from './resp.ts';

/** A node could not be read, so there is no verdict on the data. */
export class NodeError extends Error {
  override name = 'NodeError';
  readonly node: string;
  /** First word of the server's error reply, if that was the reason. ETIMEDOUT if the node did not answer in time. */
  readonly code: string | undefined;
  constructor(node: string, reason: string, code?: string) {
    super(`node ${node} ${reason}`);
    this.node = node;
    this.code = code;
  }
}

/** The command line is invalid. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** A signal ended the run. */
export class Interrupted extends Error {
  override name = 'Interrupted';
  constructor() {
    super('interrupted');
  }
}

const SOCKET_REASONS: Record<string, string> = {
  ECONNREFUSED: 'refuses connections: check that it is running and that this is its port',
  ENOTFOUND: 'has an unknown host name: check --nodes or KEYDB_NODES',
  EAI_AGAIN: 'has a host name that cannot be resolved now: check --nodes or KEYDB_NODES, and the name server',
  EHOSTUNREACH: 'cannot be reached from here: check the network',
  ENETUNREACH: 'cannot be reached from here: check the network',
  ECONNRESET: 'closed the connection',
  EPIPE: 'closed the connection',
};

/** Returns a readable reason for a failed connection. */
export function socketReason(error: NodeJS.ErrnoException): string {
  const known = SOCKET_REASONS[error.code ?? ''];
  if (known !== undefined) return known;
  if (
    error.code?.startsWith('ERR_TLS') ||
    error.code?.includes('CERT') ||
    /self.signed/i.test(error.message)
  ) {
    return `has an untrusted certificate (${error.message}): check KEYDB_TLS_CA`;
  }
  if (error.code === 'EPROTO' || error.code?.startsWith('ERR_SSL')) {
    return 'does not speak TLS on this port: use redis:// or host:port without KEYDB_TLS';
  }
  return `failed: ${error.message}`;
}

/**
 * Returns a readable reason for a rejected command. Omits the server's text if it may contain sent data. Otherwise
 * shortens it and makes it printable.
 */
export function replyReason(error: ReplyError, command: string): string {
  if (error.code === 'NOAUTH')
    return 'requires a password: set KEYDB_PASSWORD or use redis://user:password@host:port';
  if (command === 'AUTH')
    return 'rejects the user name and password: check KEYDB_USERNAME and KEYDB_PASSWORD or the URL';
  if (error.code === 'LOADING') return 'is still loading its data: run the command again later';
  if (error.code === 'MASTERDOWN')
    return 'does not answer while its link to its master is down (replica-serve-stale-data no)';
  if (error.code === 'NOPERM')
    return `does not allow this user to run ${command}: grant it, or use another user`;
  if (error.code === 'READONLY')
    return 'is a read-only replica: name its master instead, or before it in --nodes';
  if (command === 'SELECT') return `does not have this database: ${shown(error.message)}`;
  if (command === 'RESTORE' && /DUMP payload/.test(error.message)) {
    return 'cannot load values in the format of the other node: use servers of the same kind and version';
  }
  return `answered ${command} with: ${shown(error.message) || 'an empty error'}`;
}
