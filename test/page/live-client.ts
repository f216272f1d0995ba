/** Receives the events of the live page, and merges them into the state as the page does. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';
import type { Changes, Page } from '../../monitor/page-state.ts';
import { eventually } from '../helpers/eventually.ts';

export class LiveClient {
  readonly #response: IncomingMessage;
  #page: Page | undefined;
  /** Names of all events, oldest first; `:` for a comment. */
  readonly events: string[] = [];
  ended = false;

  private constructor(response: IncomingMessage) {
    this.#response = response;
    let text = '';
    response.setEncoding('utf8').on('data', (chunk) => {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.#receive(block);
    });
    response.on('error', () => {});
    response.on('close', () => {
      this.ended = true;
    });
  }

  /** Opens a page, which is closed after the test. */
  static async open(t: Pick<TestContext, 'after'>, port: number): Promise<LiveClient> {
    const client = await LiveClient.connect(port);
    t.after(() => client.close());
    return client;
  }

  static async connect(port: number): Promise<LiveClient> {
    const request = get({ host: '127.0.0.1', port, path: '/live', agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    assert.deepEqual([response.statusCode, response.headers['content-type']], [200, 'text/event-stream']);
    return new LiveClient(response);
  }

  get page(): Page {
    assert.ok(this.#page, 'no snapshot yet');
    return this.#page;
  }

  /** Stops reading, like a page on a slow connection. */
  pause(): void {
    this.#response.pause();
  }

  resume(): void {
    this.#response.resume();
  }

  close(): void {
    this.#response.destroy();
  }

  /** Waits until the page has a state. @returns the result of the assertion. */
  shows<T>(assertion: (page: Page) => T): Promise<T> {
    return eventually(() => assertion(this.page));
  }

  #receive(block: string): void {
    const [, name, json] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
    this.events.push(name ?? block[0] ?? '');
    if (name === 'snapshot') this.#page = JSON.parse(json ?? '');
    if (name === 'changes') this.#merge(JSON.parse(json ?? ''));
  }

  #merge({ writes = [], samples = {}, seconds = [], log = [], ...replaced }: Changes): void {
    const page = this.page;
    Object.assign(page, replaced);
    for (const write of writes) {
      const index = page.writes.findIndex(({ id }) => id === write.id);
      if (index < 0) page.writes.push(write);
      else page.writes[index] = write;
    }
    for (const [observer, { roundTrip, difference }] of Object.entries(samples)) {
      page.samples[observer] ??= { roundTrip: [], difference: [] };
      page.samples[observer].roundTrip.push(...roundTrip);
      page.samples[observer].difference.push(...difference);
    }
    page.seconds.push(...seconds);
    page.log.push(...log);
  }
}
