/**
 * Minimal observers in all four combinations of client library and style. All take the same steps, so the library and
 * the style can be compared separately. (The two services differ in both.)
 */
import { once } from 'node:events';
import { channelsOf, isSetEvent } from '../../../common/channels.ts';
import { accessOf } from '../../../common/client-options.ts';
import { ioredisClient } from '../../../common/ioredis-client.ts';
import { redisClient } from '../../../common/redis-client.ts';
import type { Settings } from '../../../common/settings.ts';
import { openBoth } from './handshake-node.ts';
import { handshakeFor } from './naive-handshake.ts';

/** Operations of a connected client that both styles need. */
interface Client {
  /** @param onSet called for each notification that the shared key was set. */
  subscribe(onSet: () => void): Promise<unknown>;
  get(): Promise<string | null>;
  set(handshake: string): Promise<unknown>;
  getThen(done: (text: string | null) => void): void;
  setThen(handshake: string, done: () => void): void;
}

export const LIBRARIES = { ioredis: connectIoredis, redis: connectRedis };
export const STYLES = { callbacks, iterator };

/** Observes with callbacks: each step starts the next. During a read, notifications mark one more as pending. */
async function callbacks(client: Client, settings: Settings): Promise<void> {
  let pending = true;
  let inFlight = false;
  const read = () => {
    if (inFlight || !pending) return;
    pending = false;
    inFlight = true;
    client.getThen((text) => {
      if (text === null) finish();
      else client.setThen(handshakeFor(text, settings), finish);
    });
  };
  const finish = () => {
    inFlight = false;
    read();
  };
  await client.subscribe(() => {
    pending = true;
    read();
  });
  read();
}

/** Observes with an async iterator, in the same steps. */
async function iterator(client: Client, settings: Settings): Promise<void> {
  for await (const _ of wakeUps(client)) {
    const text = await client.get();
    if (text !== null) await client.set(handshakeFor(text, settings));
  }
}

async function* wakeUps(client: Client): AsyncGenerator<void> {
  let pending = true;
  let resume = () => {};
  await client.subscribe(() => {
    pending = true;
    resume();
  });
  for (;;) {
    if (pending) {
      pending = false;
      yield;
    } else {
      await new Promise<void>((resolve) => {
        resume = resolve;
      });
    }
  }
}

async function connectIoredis(settings: Settings): Promise<Client> {
  const { SHARED_KEY, HANDSHAKE_KEY } = settings;
  const [client, writer] = await openBoth(settings, async (node) => {
    const opened = ioredisClient(node, accessOf(settings));
    opened.on('error', giveUp);
    await once(opened, 'ready');
    return opened;
  });
  const isSet = isSetEvent(SHARED_KEY, settings);
  return {
    subscribe(onSet) {
      client.on('messageBuffer', (_channel: Buffer, message: Buffer) => {
        if (isSet(message)) onSet();
      });
      return client.subscribe(...channelsOf(SHARED_KEY, settings));
    },
    get: () => client.get(SHARED_KEY),
    set: (handshake) => writer.set(HANDSHAKE_KEY, handshake),
    getThen: (done) => client.get(SHARED_KEY, (error, text) => (error ? giveUp(error) : done(text ?? null))),
    setThen: (handshake, done) =>
      writer.set(HANDSHAKE_KEY, handshake, (error) => (error ? giveUp(error) : done())),
  };
}

/** node-redis has no callback interface, so this style continues in `then`. */
async function connectRedis(settings: Settings): Promise<Client> {
  const { SHARED_KEY, HANDSHAKE_KEY } = settings;
  const [client, writer] = await openBoth(settings, async (node) => {
    const opened = redisClient(node, accessOf(settings));
    opened.on('error', giveUp);
    await opened.connect();
    return opened;
  });
  const isSet = isSetEvent(SHARED_KEY, settings);
  const get = () => client.get(SHARED_KEY);
  const set = (handshake: string) => writer.set(HANDSHAKE_KEY, handshake);
  return {
    subscribe(onSet) {
      const onMessage = (message: Buffer) => {
        if (isSet(message)) onSet();
      };
      const asBuffers = true;
      return client.subscribe(channelsOf(SHARED_KEY, settings), onMessage, asBuffers);
    },
    get,
    set,
    getThen: (done) => void get().then(done, giveUp),
    setThen: (handshake, done) => void set(handshake).then(done, giveUp),
  };
}

function giveUp(error: Error): void {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
