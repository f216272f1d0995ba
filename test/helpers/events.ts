/** The log of a service as a test reads it: JSON lines, searched by what they tell. */
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

  /** All events that have these fields. */
  like(fields: Event): Event[] {
    return this.all.filter((event) =>
      Object.entries(fields).every(([name, value]) => isDeepStrictEqual(event[name], value)),
    );
  }

  /** The first event with these fields, once there is one. */
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
