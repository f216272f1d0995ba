/**
 * Sends the state to all pages as server-sent events: first a snapshot, then the changes of each frame. A page that reads
 * too slowly gets no further frames until it has read all, and then a new snapshot instead of a queue.
 */
import type { ServerResponse } from 'node:http';
import { eventText, startEvents } from '../../common/service-events.ts';
import type { Changes, Page } from '../page-state.ts';

/** 5 frames per second: with 20 pages, sending them takes most of the CPU time of the monitor. */
const FRAME_MS = 200;
/** A page detects a lost connection by the missing heartbeat. */
const HEARTBEAT_FRAMES = 25;
const MAX_PAGES = 100;

interface Feed {
  snapshot(): Page;
  takeChanges(): Changes | undefined;
}

interface Client {
  response: ServerResponse;
  /** Whether it has not read everything yet. */
  isBusy: boolean;
  /** Whether it has missed a frame, or has not received any. */
  isBehind: boolean;
}

export class LiveStream {
  readonly #feed: Feed;
  readonly #clients = new Set<Client>();
  readonly #timer: NodeJS.Timeout;
  #frames = 0;

  constructor(feed: Feed) {
    this.#feed = feed;
    this.#timer = setInterval(() => this.#sendFrame(), FRAME_MS);
  }

  /** Adds a page. @returns whether there was room for it. */
  add(response: ServerResponse): boolean {
    if (this.#clients.size >= MAX_PAGES) return false;
    const client: Client = { response, isBusy: false, isBehind: true };
    this.#clients.add(client);
    startEvents(response);
    response.flushHeaders();
    response.on('drain', () => {
      client.isBusy = false;
    });
    response.on('close', () => this.#clients.delete(client));
    return true;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #sendFrame(): void {
    // Also without a page, so that the next frame contains only its own changes.
    const changes = this.#feed.takeChanges();
    this.#frames += 1;
    if (this.#clients.size === 0) return;
    const heartbeat = this.#frames % HEARTBEAT_FRAMES === 0 ? ': heartbeat\n\n' : '';
    const text = (changes ? eventText('changes', JSON.stringify(changes)) : '') + heartbeat;
    // Encoded once. A string would be encoded again for each page.
    const frame = Buffer.from(text);
    let snapshot: Buffer | undefined;
    for (const client of this.#clients) {
      if (client.isBusy) {
        if (changes !== undefined) client.isBehind = true;
      } else if (client.isBehind) {
        snapshot ??= Buffer.from(eventText('snapshot', JSON.stringify(this.#feed.snapshot())));
        client.isBehind = false;
        client.isBusy = !client.response.write(snapshot);
      } else if (frame.length > 0) {
        client.isBusy = !client.response.write(frame);
      }
    }
  }
}
