/**
 * Serves the values and the log lines of a service as server-sent events, for the live page. It collects nothing while no
 * client is subscribed. It never queues: a client that does not read misses events, so that memory does not grow.
 */
import type { ServerResponse } from 'node:http';
import type { Tap } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { type Route, send } from './metrics-server.ts';
import type { ServiceRow } from './services.ts';

const VALUES_INTERVAL_MS = 1_000;
/** Windows are aligned to the clock. Therefore, if there are too many lines, all services report the same writes. */
const WINDOW_MS = 100;
/** Enough for two writes with seven observers. */
const MAX_LINES = 16;
/** A full window still has room for lines above `info`, which say why a service acts differently. */
const MAX_LINES_WITH_WARNINGS = 32;
const INFO = '{"level":30,';
/** The monitor needs one subscription. */
const MAX_SUBSCRIBERS = 16;

export class ServiceEvents {
  readonly #identity: { service: string; role: ServiceRow['role'] };
  readonly #metrics: Metrics;
  readonly #tap: Tap;
  /** The number of lines that each subscriber has missed since its last event. */
  readonly #subscribers = new Map<ServerResponse, number>();
  /** The window of `#lines`, as a count of windows since 1970. */
  #window: number | undefined;
  #lines: string[] = [];
  #omitted = 0;
  #endOfWindow: NodeJS.Timeout | undefined;
  #stop = () => {};

  constructor(service: string, role: ServiceRow['role'], metrics: Metrics, tap: Tap) {
    this.#identity = { service, role };
    this.#metrics = metrics;
    this.#tap = tap;
  }

  /** Sends values at once and every second, and log lines at most once per window. */
  readonly route: Route = ({ method }, response) => {
    if (this.#subscribers.size >= MAX_SUBSCRIBERS)
      return send(response, 503, `${MAX_SUBSCRIBERS} clients are subscribed: close one of them\n`);
    startEvents(response);
    if (method === 'HEAD') {
      response.end();
      return;
    }
    this.#subscribers.set(response, 0);
    response.on('close', () => {
      this.#subscribers.delete(response);
      if (this.#subscribers.size === 0) this.#stop();
    });
    if (this.#subscribers.size === 1) this.#start();
    response.write(this.#valuesEvent());
  };

  #start(): void {
    const endTap = this.#tap((json) => this.#add(json));
    const timer = setInterval(() => this.#sendValues(), VALUES_INTERVAL_MS);
    this.#stop = () => {
      endTap();
      clearInterval(timer);
      this.#takeLines();
    };
  }

  #add(json: string): void {
    const now = Date.now();
    const window = Math.floor(now / WINDOW_MS);
    if (window !== this.#window) {
      // The timer of the earlier window is late.
      this.#sendLines();
      this.#window = window;
      // One more millisecond, because a timer can fire a fraction of a millisecond early.
      this.#endOfWindow = setTimeout(() => this.#sendLines(), (window + 1) * WINDOW_MS - now + 1);
    }
    const limit = json.startsWith(INFO) ? MAX_LINES : MAX_LINES_WITH_WARNINGS;
    if (this.#lines.length < limit) this.#lines.push(json.trimEnd());
    else this.#omitted += 1;
  }

  #sendLines(): void {
    const { lines, omitted } = this.#takeLines();
    if (lines.length === 0) return;
    const text = lines.join();
    for (const [response, missed] of this.#subscribers) {
      const reads = !response.writableNeedDrain;
      if (reads) response.write(eventText('lines', `{"lines":[${text}],"omitted":${omitted + missed}}`));
      this.#subscribers.set(response, reads ? 0 : missed + lines.length + omitted);
    }
  }

  #sendValues(): void {
    const event = this.#valuesEvent();
    for (const response of this.#subscribers.keys()) if (!response.writableNeedDrain) response.write(event);
  }

  #valuesEvent(): string {
    return eventText('values', JSON.stringify({ ...this.#identity, values: this.#metrics.values() }));
  }

  /** Ends the window, and returns its lines. */
  #takeLines(): { lines: string[]; omitted: number } {
    clearTimeout(this.#endOfWindow);
    const taken = { lines: this.#lines, omitted: this.#omitted };
    this.#window = undefined;
    this.#lines = [];
    this.#omitted = 0;
    return taken;
  }
}

/** Starts an answer of server-sent events. */
export function startEvents(response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
}

/** Returns a server-sent event. @param json data without line breaks. */
export function eventText(event: string, json: string): string {
  return `event: ${event}\ndata: ${json}\n\n`;
}
