/** Collects the JSON log lines of a service, and finds lines by their fields. */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { pino } from 'pino';
import type { Logger } from '../../common/logger.ts';
import { eventually } from './eventually.ts';

export type Event = Record<string, unknown>;

export class Events {
  readonly all: Event[];
  readonly log: Logger;

  constructor(all: Event[] = []) {
    this.all = all;
    this.log = pino(
      { level: 'debug', base: null },
      { write: (line: string) => this.all.push(JSON.parse(line)) },
    );
  }

  /** Returns all events with these fields. */
  like(fields: Event): Event[] {
    return this.all.filter((event) =>
      Object.entries(fields).every(([name, value]) => isDeepStrictEqual(event[name], value)),
    );
  }

  /** Waits for the first event with these fields. */
  async first(fields: Event): Promise<Event> {
    return eventually(() => {
      const [event] = this.like(fields);
      assert.ok(
        event,
        `no ${JSON.stringify(fields)} among\n${this.all.map((one) => JSON.stringify(one)).join('\n')}`,
      );
      return event;
    });
  }
}
