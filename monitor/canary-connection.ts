/**
 * The connection to one node on which canaries are written and announced. RESP3 sends notifications and replies in order
 * on one connection, so the reply to HGET includes every write that was announced before it.
 */
import { canaryChannel, canaryKey } from '../toolkit/canary-key.ts';
import type { Connection } from '../toolkit/node/connection.ts';
import { type OnPush, type Reply, ReplyError } from '../toolkit/node/resp.ts';

export interface CanaryOptions {
  /** Opens a connection to the node, in the database `db`. */
  open: (onPush: OnPush) => Promise<Connection>;
  db: number;
  /** Field in the hash of each node. It names the monitor, so that two monitors do not overwrite each other's canaries. */
  field: string;
  /** Names of the nodes whose canaries the node announces. */
  others: readonly string[];
  /** Receives the newest canary of another node. `at`: monotonic time of its notification, in milliseconds. */
  onAnnounced: (from: string, id: number, at: number) => void;
}

export class CanaryConnection {
  readonly #connection: Connection;
  readonly #options: CanaryOptions;
  /** Monotonic time of the last notification of each node whose canary is read now. */
  readonly #announcedAt = new Map<string, number>();

  private constructor(connection: Connection, options: CanaryOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** Connects, and subscribes to the canaries of the other nodes. @throws NodeError, also for a rejected command. */
  static async open(options: CanaryOptions): Promise<CanaryConnection> {
    const channels = new Map(options.others.map((from) => [canaryChannel(from, options.db), from]));
    let canary: CanaryConnection | undefined;
    const connection = await options.open(([kind, channel]: Reply[]) => {
      const from = channels.get(String(channel));
      if (canary && String(kind) === 'message' && from !== undefined) canary.#read(from);
    });
    canary = new CanaryConnection(connection, options);
    if (channels.size === 0) return canary;
    try {
      await connection.subscribe([...channels.keys()]);
      return canary;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Writes a canary. @returns the node's error if it rejects the write. @throws NodeError if the connection is lost. */
  async write(id: number): Promise<Error | undefined> {
    const command = ['HSET', canaryKey(this.#connection.name), this.#options.field, String(id)];
    const [reply] = await this.#connection.batch([command]);
    return reply instanceof ReplyError ? this.#connection.rejection(reply, command) : undefined;
  }

  /** @throws NodeError if the connection is lost. */
  async check(): Promise<void> {
    await this.#connection.batch([['PING']]);
  }

  close(): void {
    this.#connection.close();
  }

  /** Reads the canary of a node after a notification. Further notifications before the reply are included in it. */
  #read(from: string): void {
    const isReading = this.#announcedAt.has(from);
    this.#announcedAt.set(from, performance.now());
    if (isReading) return;
    this.#connection.batch([['HGET', canaryKey(from), this.#options.field]]).then(
      ([reply]) => {
        // The last notification before the reply announced the canary in it.
        const at = this.#announcedAt.get(from) ?? 0;
        this.#announcedAt.delete(from);
        if (reply instanceof Buffer) this.#options.onAnnounced(from, Number(reply), at);
      },
      // `write` or `check` reports the lost connection.
      () => {},
    );
  }
}
