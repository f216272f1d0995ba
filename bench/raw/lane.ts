/**
 * One observer's place in the mesh. Each observer has a database of its own: a node notifies by database, so observers
 * that run side by side, warm, hear nothing of each other's writes, and can be measured in turn.
 */
export interface Lane {
  db: number;
  /** The key that is written. */
  key: string;
  /** The key that the observer answers with. */
  handshakeKey: string;
}

/** `__keyspace@db__:key`, which tells of this key alone. */
export function keyspace({ db }: Lane, key: string): string {
  return `__keyspace@${db}__:${key}`;
}

/** The `seq` of a write or of a handshake; -1 where there is none. */
export function seqOf(text: string): number {
  const start = text.indexOf(' seq ');
  return start === -1 ? -1 : Number.parseInt(text.slice(start + 5), 10);
}

/** The `micros` of a write or of a handshake; -1 where there is none. */
export function microsOf(text: string): number {
  const start = text.indexOf(' micros ');
  return start === -1 ? -1 : Number.parseInt(text.slice(start + 8), 10);
}
