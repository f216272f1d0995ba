/** The keys of the monitor's canaries: one hash on each node, which only the monitor writes. */

/** @param node name of the node that the canary is written on; `*` for the glob of all canaries. */
export function canaryKey(node: string): string {
  return `canary:${node}`;
}

/** Returns the channel on which nodes announce the canary of a node. @param node as in `canaryKey`. */
export function canaryChannel(node: string, db: number): string {
  return `__keyspace@${db}__:${canaryKey(node)}`;
}
