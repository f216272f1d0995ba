/** A model of a node as KEYDB.md describes it: keys, notifications, CLIENT TRACKING, WAIT, replication. */
import { ReplyError } from 'ioredis';
import type { Command, Connection } from './connection.ts';
import { Link } from './link.ts';
import type { World } from './world.ts';

export const SHARED_KEY = 'shared_key';
/** Stands for a value of another type than string. */
const LIST = '\0list';
const INVALIDATIONS = '__redis__:invalidate';

export type Event = 'set' | 'restore' | 'del' | 'none';
type Reply = (error: Error | null, reply?: unknown) => void;

export class ModelNode {
  readonly index: number;
  readonly name: string;
  readonly world: World;
  readonly data = new Map<string, string>();
  readonly links: Link[] = [];
  readonly clients = new Map<number, Connection>();
  /** The values of the shared key that clients sent to any node, oldest first. */
  readonly written: string[];
  /** Number of the next writes that fire no event. */
  silent = 0;
  #pauses = 0;
  readonly #waits = new Set<() => void>();

  constructor(world: World, index: number, written: string[]) {
    this.world = world;
    this.index = index;
    this.name = `127.0.0.1:${7001 + index}`;
    this.written = written;
  }

  linkTo(peer: ModelNode): void {
    this.links.push(new Link(this, peer, () => this.#checkWaits()));
  }

  #checkWaits(): void {
    for (const check of this.#waits) check();
  }

  get paused(): boolean {
    return this.#pauses > 0;
  }

  /** The node executes nothing until it is resumed as often as it was paused. */
  pause(): void {
    this.#pauses += 1;
  }

  resume(): void {
    this.#pauses -= 1;
    if (this.paused) return;
    for (const client of [...this.clients.values()]) client.execute();
    for (const { from, to } of this.links) from.linkFrom(to)?.execute();
  }

  linkFrom(peer: ModelNode): Link | undefined {
    return peer.links.find(({ to }) => to === this);
  }

  execute(client: Connection, { name, args }: Command, reply: Reply): void {
    const [key = '', value = ''] = args;
    switch (name) {
      case 'GET':
        this.#get(client, key, reply);
        break;
      case 'SET':
        if (key === SHARED_KEY) this.written.push(value);
        this.apply(key, value, 'set');
        for (const link of this.links) link.send(key, value, 'set');
        reply(null, 'OK');
        break;
      case 'WAIT':
        this.#wait(Number(key), Number(value) * 1000, reply);
        break;
      case 'CLIENT ID':
        reply(null, client.id);
        break;
      case 'CLIENT TRACKING':
        client.tracking = this.clients.get(Number(args.at(-1)));
        reply(client.tracking ? null : new ReplyError('ERR The client ID does not exist'), 'OK');
        break;
      default:
        for (const channel of args)
          if (name === 'PSUBSCRIBE') client.patterns.push(channel);
          else client.channels.add(channel);
        reply(null, args.length);
    }
  }

  /** Changes a key and notifies the clients. @param value `null` deletes the key. */
  apply(key: string, value: string | null, event: Event): void {
    if (value === null) this.data.delete(key);
    else this.data.set(key, value);
    if (event === 'none') return;
    if (this.silent > 0 && key === SHARED_KEY) {
      this.silent -= 1;
      return;
    }
    for (const client of this.clients.values()) this.#notify(client, key, event);
  }

  /**
   * Loads a snapshot: the node fires no events, and sends `restore` to its peers, several times for a key and out of
   * order. The shared key may be older than before.
   */
  load(snapshot: ReadonlyMap<string, string>): void {
    const { world } = this;
    for (const [key, value] of snapshot) this.apply(key, value, 'none');
    const restored = [...snapshot].filter(([key]) => key === SHARED_KEY || world.choose(2) === 0);
    if (world.choose(2) === 1) restored.reverse();
    for (const link of this.links)
      for (const [key, value] of restored) {
        link.send(key, value, 'restore');
        if (world.choose(3) === 2) link.send(key, value, 'restore');
      }
  }

  /** The key has another type from now on. */
  replaceByList(key: string): void {
    this.apply(key, LIST, 'del');
  }

  #notify(client: Connection, key: string, event: Event): void {
    const keyevent = `__keyevent@0__:${event}`;
    if (client.channels.has(keyevent)) client.push({ channel: keyevent, message: key });
    const keyspace = `__keyspace@0__:${key}`;
    if (client.channels.has(keyspace)) client.push({ channel: keyspace, message: event });
    for (const pattern of client.patterns)
      if (matches(pattern, keyspace)) client.push({ channel: keyspace, message: event, pattern });
    if (!client.tracked.delete(key) || !client.tracking) return;
    const { tracking } = client;
    if (tracking === client) client.pushInvalidation({ channel: INVALIDATIONS, message: key });
    else if (tracking.channels.has(INVALIDATIONS)) tracking.push({ channel: INVALIDATIONS, message: key });
  }

  #get(client: Connection, key: string, reply: Reply): void {
    if (client.tracking) client.tracked.add(key);
    const value = this.data.get(key) ?? null;
    if (value === LIST)
      reply(new ReplyError('WRONGTYPE Operation against a key holding the wrong kind of value'));
    else reply(null, value);
  }

  /** Replies when this many nodes have confirmed, or at the timeout. Sometimes counts too few nodes. */
  #wait(nodes: number, timeoutMicros: number, reply: Reply): void {
    const sent = this.links.map((link) => link.sent);
    const confirmed = () => this.links.filter((link, i) => link.confirmed >= (sent[i] ?? 0)).length;
    const blind = this.world.choose(8) === 7;
    let done = false;
    const end = () => {
      if (done) return;
      done = true;
      this.#waits.delete(check);
      reply(null, blind ? 0 : confirmed());
    };
    const check = () => {
      if (!blind && confirmed() >= nodes) end();
    };
    this.#waits.add(check);
    this.world.after(timeoutMicros, end, false);
    check();
  }
}

/** Only the last character of a pattern may be a `*`. */
function matches(pattern: string, text: string): boolean {
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}
