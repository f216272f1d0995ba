/** The stream of the live page on a real HTTP server: snapshot, changes, and slow readers. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { LiveStream } from '../../monitor/live/live-stream.ts';
import type { Changes, LogEntry, Page } from '../../monitor/page-state.ts';
import { eventually } from '../helpers/eventually.ts';
import { LiveClient } from './live-client.ts';

/** A state that changes with each frame: a log with one more entry. */
class CountingFeed {
  count = 0;
  snapshots = 0;
  /** Characters of an entry. */
  size: number;
  isQuiet = false;

  constructor(size = 10) {
    this.size = size;
  }

  snapshot(): Page {
    this.snapshots += 1;
    const mesh = { at: 0, sharedKey: '', nodes: [], links: [], services: [] };
    return { mesh, writes: [], samples: {}, seconds: [], log: [this.#entry()], controls: {} };
  }

  takeChanges(): Changes | undefined {
    if (this.isQuiet) return undefined;
    this.count += 1;
    return { log: [this.#entry()] };
  }

  #entry(): LogEntry {
    const text = 'x'.repeat(this.size);
    return { at: this.count, source: 'test', level: 'info', event: '', text };
  }
}

/** Serves a feed on a free port. */
async function serveFeed(t: TestContext, feed: CountingFeed): Promise<number> {
  const stream = new LiveStream(feed);
  const server = createServer((_, response) => {
    if (!stream.add(response)) response.writeHead(503).end();
  });
  t.after(() => {
    stream.close();
    server.close();
    server.closeAllConnections();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** Returns the count of each entry that a client has received. */
function countsOf({ page }: LiveClient): number[] {
  return page.log.map(({ at }) => at);
}

test('a page receives a snapshot first, and then each change once, in order', async (t) => {
  const feed = new CountingFeed();
  const port = await serveFeed(t, feed);
  const clients = [await LiveClient.open(t, port), await LiveClient.open(t, port)];
  for (const client of clients) {
    await client.shows((page) => assert.ok(page.log.length >= 5));
    assert.deepEqual(new Set(client.events.slice(1)), new Set(['changes']));
    assert.equal(client.events[0], 'snapshot');
    const counts = countsOf(client);
    const [first = 0] = counts;
    assert.deepEqual(
      counts,
      counts.map((_, i) => first + i),
    );
  }
});

test('without changes, a page receives only heartbeats', async (t) => {
  const feed = new CountingFeed();
  feed.isQuiet = true;
  const client = await LiveClient.open(t, await serveFeed(t, feed));
  await eventually(() => assert.ok(client.events.length >= 2));
  assert.deepEqual(client.events.slice(0, 2), ['snapshot', ':']);
});

test('a slow page receives the newest state instead of a queue, and delays no other page', async (t) => {
  // More than the buffers of the system take.
  const feed = new CountingFeed(2_000_000);
  const port = await serveFeed(t, feed);
  const slow = await LiveClient.open(t, port);
  await slow.shows(() => {});
  slow.pause();
  const [before, pausedAt] = [slow.events.length, feed.count];
  await eventually(() => assert.ok(feed.count > pausedAt + 20));
  const fast = await LiveClient.open(t, port);
  await fast.shows(() => {});
  feed.isQuiet = true;
  const newest = feed.count;
  slow.resume();
  await eventually(() => assert.equal(countsOf(slow).at(-1), newest));
  const received = slow.events.slice(before);
  assert.ok(received.length < 20, `the stream has queued ${received.length} events`);
  assert.ok(received.includes('snapshot'), received.join());
});

test('no more pages than the limit, and a closed page makes room', async (t) => {
  const feed = new CountingFeed();
  const port = await serveFeed(t, feed);
  const clients = await Promise.all(Array.from({ length: 100 }, () => LiveClient.open(t, port)));
  assert.equal((await fetch(`http://127.0.0.1:${port}/live`)).status, 503);
  clients[0]?.close();
  await eventually(() => LiveClient.open(t, port));
});
