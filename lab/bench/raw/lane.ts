/**
 * The database and keys of one observer. Nodes send notifications per database, so observers in separate databases can
 * run in parallel, stay warm, receive no notifications of each other, and be measured in turn.
 */
export interface Lane {
  db: number;
  /** The key that is written. */
  key: string;
  /** The key that the observer writes its handshakes to. */
  handshakeKey: string;
}

/** Returns `__keyspace@db__:key`, the channel of this key alone. */
export function keyspace({ db }: Lane, key: string): string {
  return `__keyspace@${db}__:${key}`;
}

/** Returns the `seq` of a write or a handshake; -1 if there is none. */
export function seqOf(text: string): number {
  const start = text.indexOf(' seq ');
  return start === -1 ? -1 : Number.parseInt(text.slice(start + 5), 10);
}

/** Returns the `micros` of a write or a handshake; -1 if there is none. */
export function microsOf(text: string): number {
  const start = text.indexOf(' micros ');
  return start === -1 ? -1 : Number.parseInt(text.slice(start + 8), 10);
}
