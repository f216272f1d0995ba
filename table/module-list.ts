/** The reply to MODULE LIST: the modules of the node, and the entry `table`, as the module has it. */
import type { Argument, Reply } from '../toolkit/node/resp.ts';

/** Modules as fields and values, in the order of the node's reply in RESP2. */
export type ModuleList = readonly (readonly Reply[])[];

/** Name and version of the module. */
const TABLE = ['name', 'table', 'ver', 1];
/** Redis 7 adds these fields. */
const PATH_AND_ARGUMENTS = ['path', '', 'args', []];

/**
 * @param modules the node's reply to MODULE LIST in RESP2; another value counts as an empty list.
 * @param version of the node: `redis_version` of INFO.
 */
export function withTable(modules: Reply, version: string): ModuleList {
  const own = Number.parseInt(version, 10) >= 7 ? [...TABLE, ...PATH_AND_ARGUMENTS] : TABLE;
  return [...((Array.isArray(modules) ? modules : []) as Reply[][]), own];
}

/** Returns the arguments of the script `reply`. With RESP3, each module is a map. */
export function moduleListReply(modules: ModuleList, protocol: 2 | 3): Argument[] {
  const head = (fields: readonly Reply[]) =>
    protocol === 3 ? ['%', `${fields.length / 2}`] : ['*', `${fields.length}`];
  return [
    '*',
    `${modules.length}`,
    ...modules.flatMap((fields) => [...head(fields), ...fields.flatMap(described)]),
  ];
}

function described(value: Reply): Argument[] {
  if (typeof value === 'number') return [':', `${value}`];
  if (Array.isArray(value)) return ['*', `${value.length}`, ...value.flatMap(described)];
  return ['$', Buffer.isBuffer(value) ? value : `${value}`];
}
