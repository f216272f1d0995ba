/** Reads one node: PING, INFO, the slow log, and the shared key. */
import { parseValue } from '../common/value.ts';
import type { Connection } from '../toolkit/node/connection.ts';
import { NodeError } from '../toolkit/node/errors.ts';
import { parseInfo } from '../toolkit/node/info.ts';
import { type Command, type Reply, ReplyError } from '../toolkit/node/resp.ts';
import type { Down, Reading } from './mesh-state.ts';

const SLOW_LOG: Command = ['SLOWLOG', 'GET', '1'];
/** Errors with which a node that works answers PING: it loads, or it is a primary whose last snapshot failed. */
const ANSWERS = ['LOADING', 'MISCONF'];

/**
 * Reads a node. A node that loads answers only INFO.
 * @param before the previous reading of the node.
 * @throws NodeError if the node does not answer, or rejects PING or INFO.
 */
export async function readNode(connection: Connection, key: string, before?: Reading): Promise<Reading> {
  const start = performance.now();
  const [pong] = await connection.batch([['PING']]);
  const pingSeconds = (performance.now() - start) / 1000;
  if (pong instanceof ReplyError && !ANSWERS.includes(pong.code)) throw connection.rejection(pong, ['PING']);
  const get: Command = ['GET', key];
  const [text, slowest, shared] = await connection.batch([['INFO'], SLOW_LOG, get]);
  if (!(text instanceof Buffer)) throw unexpected(connection, text);
  const info = parseInfo(text.toString());
  const parsed = shared instanceof Buffer ? parseValue(shared.toString()) : undefined;
  const rejections = info.loading
    ? []
    : [rejectionOf(connection, slowest, SLOW_LOG), rejectionOf(connection, shared, get)];
  const slowCommands = countOf(slowest, before?.info.runId === info.runId ? before.slowCommands : 0);
  return {
    info,
    pingSeconds,
    rejections: rejections.flatMap((one) => one ?? []),
    ...(parsed?.ok && { value: parsed.value }),
    ...(slowCommands !== undefined && { slowCommands }),
  };
}

/** Entries have consecutive numbers from 0, also after SLOWLOG RESET. */
function countOf(slowest: Reply | undefined, before: number | undefined): number | undefined {
  if (!Array.isArray(slowest)) return undefined;
  const [entry] = slowest;
  return Array.isArray(entry) && typeof entry[0] === 'number' ? entry[0] + 1 : before;
}

function rejectionOf(connection: Connection, reply: Reply | undefined, command: Command): string | undefined {
  return reply instanceof ReplyError ? connection.rejection(reply, command).message : undefined;
}

function unexpected(connection: Connection, reply: Reply | undefined): NodeError {
  if (reply instanceof ReplyError) return connection.rejection(reply, ['INFO']);
  return new NodeError(connection.name, 'does not answer INFO with text: it is not a KeyDB or Redis server');
}

/** Returns the kind of a failure. Only a server's reply, and a timeout, have a code. */
export function downOf({ code }: NodeError): Down {
  if (code === undefined) return 'unreachable';
  if (code === 'ETIMEDOUT') return 'timeout';
  return code === 'LOADING' ? 'loading' : 'rejected';
}
