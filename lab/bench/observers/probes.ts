/**
 * Runs the services' `observe` on a client created like theirs, and records when a notification reaches it. This time
 * cannot be measured from outside a service.
 */
// biome-ignore lint/style/noRestrictedImports: the benchmark measures exactly this code of the service
import { observe as observeByIterator } from '../../../async-observer/observe.ts';
// biome-ignore lint/style/noRestrictedImports: as above
import * as asyncNodes from '../../../async-observer/write-node.ts';
import { channelsOf, isSetEvent } from '../../../common/channels.ts';
import { accessOf } from '../../../common/client-options.ts';
import { ioredisClient } from '../../../common/ioredis-client.ts';
import { createLogger } from '../../../common/logger.ts';
import { Observations } from '../../../common/observations.ts';
import { redisClient } from '../../../common/redis-client.ts';
import type { Settings } from '../../../common/settings.ts';
import { WriteNodes } from '../../../common/write-nodes.ts';
// biome-ignore lint/style/noRestrictedImports: as above
import { observe as observeByCallbacks } from '../../../sync-observer/observe.ts';
// biome-ignore lint/style/noRestrictedImports: as above
import * as syncNodes from '../../../sync-observer/write-node.ts';
import type { Stamps } from './stamps.ts';

/** Runs sync-observer's code. Ends the process if the connection is lost. */
export function syncProbe(settings: Settings, stamps: Stamps): void {
  const { HOME_NODE, SHARED_KEY } = settings;
  const isSet = isSetEvent(SHARED_KEY, settings);
  const access = accessOf(settings);
  const client = ioredisClient(HOME_NODE, access);
  const nodes = new WriteNodes(settings, createLogger(settings));
  client.on('error', giveUp);
  client.on('ready', () => {
    client.on('messageBuffer', (_channel: Buffer, message: Buffer) => {
      if (isSet(message)) stamps.add();
    });
    const writeNode = nodes.has(HOME_NODE)
      ? syncNodes.sameNode(client, HOME_NODE.name)
      : syncNodes.otherNode(nodes, access);
    observeByCallbacks(
      { client, notified: client, writeNode },
      HOME_NODE.name,
      settings,
      observations(settings),
      {
        onObserved: () => {},
        onError: giveUp,
      },
    );
  });
}

/** Runs async-observer's code. Throws if the connection is lost. */
export async function asyncProbe(settings: Settings, stamps: Stamps): Promise<void> {
  const { HOME_NODE, SHARED_KEY } = settings;
  const isSet = isSetEvent(SHARED_KEY, settings);
  const access = accessOf(settings);
  const client = redisClient(HOME_NODE, access);
  const nodes = new WriteNodes(settings, createLogger(settings));
  client.on('error', giveUp);
  await client.connect();
  // Listeners of a channel are called in the order of their subscriptions.
  const stamp = (message: Buffer) => {
    if (isSet(message)) stamps.add();
  };
  const asBuffers = true;
  await client.subscribe(channelsOf(SHARED_KEY, settings), stamp, asBuffers);
  const ends = { stopped: new AbortController().signal, lost: new AbortController().signal };
  const writeNode = nodes.has(HOME_NODE)
    ? asyncNodes.sameNode(client, HOME_NODE.name)
    : asyncNodes.otherNode(nodes, access, ends.lost);
  for await (const _ of observeByIterator(
    { client, writeNode },
    HOME_NODE.name,
    settings,
    observations(settings),
    ends,
  ));
}

function observations(settings: Settings): Observations {
  return new Observations(settings, createLogger(settings));
}

function giveUp(error: Error): void {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
