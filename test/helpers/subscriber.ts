/** Subscribes to the server-sent events of a process. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Event } from './events.ts';

export class Subscriber {
  /** The data of all events, by name, oldest first. */
  readonly #received = new Map<string, Record<string, unknown>[]>();
  readonly #aborter = new AbortController();
  /** Bytes received. */
  bytes = 0;

  /** Subscribes until the end of the test, or until `close`. */
  static async open(t: Pick<TestContext, 'after'>, port: number, path = '/events'): Promise<Subscriber> {
    const subscriber = new Subscriber();
    const { signal } = subscriber.#aborter;
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal });
    t.after(() => subscriber.close());
    assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'text/event-stream']);
    // Ends with an error when the subscriber or the process closes the connection.
    subscriber.#read(response).catch(() => {});
    return subscriber;
  }

  close(): void {
    this.#aborter.abort();
  }

  data(event: string): Record<string, unknown>[] {
    return this.#received.get(event) ?? [];
  }

  /** The log lines of all events. */
  get lines(): Event[] {
    return this.data('lines').flatMap(({ lines }) => lines as Event[]);
  }

  /** The sum of all omitted lines. */
  get omitted(): number {
    return this.data('lines').reduce((sum, { omitted }) => sum + (omitted as number), 0);
  }

  /** The newest values, by name and labels. */
  get values(): Record<string, number> {
    return (this.data('values').at(-1)?.values ?? {}) as Record<string, number>;
  }

  async #read(response: Response): Promise<void> {
    let rest = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      this.bytes += chunk.length;
      const events = (rest + chunk).split('\n\n');
      rest = events.pop() ?? '';
      for (const text of events) this.#add(text);
    }
  }

  #add(text: string): void {
    const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(text) ?? [];
    assert.ok(event, `not an event: ${text}`);
    this.#received.set(event, [...this.data(event), JSON.parse(data)]);
  }
}
