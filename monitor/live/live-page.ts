/** Connects the parts of the live page: what it shows, its routes, and its controls. */
import { z } from 'zod';
import { systemClock } from '../../common/clock.ts';
import type { Routes } from '../../common/metrics-server.ts';
import type { Value } from '../../common/value.ts';
import { openAsOperator } from '../connect.ts';
import { faultRequest, StartControls } from '../controls.ts';
import type { MeshState } from '../mesh-state.ts';
import type { MonitorSettings } from '../settings.ts';
import { action } from './actions.ts';
import { IntervalControl } from './interval.ts';
import { LiveStream } from './live-stream.ts';
import { PageFeed } from './page-feed.ts';
import { pageRoutes } from './page-routes.ts';

export class LivePage {
  readonly #feed: PageFeed;
  readonly #signal: AbortSignal;
  readonly routes: Routes;

  /** @throws SettingsError if OPERATOR_PASSWORD_FILE cannot be read. */
  constructor(settings: MonitorSettings, mesh: () => MeshState, signal: AbortSignal) {
    const start = new StartControls();
    const interval = new IntervalControl(settings, openAsOperator(settings, signal), mesh);
    this.#signal = signal;
    this.#feed = new PageFeed({
      sharedKey: settings.SHARED_KEY,
      services: settings.SERVICE_ADDRESSES,
      mesh,
      controls: () => ({ ...interval.offered, ...start.offered }),
    });
    const stream = new LiveStream(this.#feed);
    signal.addEventListener('abort', () => stream.close());
    this.routes = pageRoutes(stream, {
      interval: interval.action,
      write: action(z.strictObject({}), () => start.write()),
      fault: action(faultRequest, (fault) => start.fault(fault)),
    });
  }

  /** Adds a log line of the monitor. */
  addOwnLine(json: string): void {
    this.#feed.addOwnLine(JSON.parse(json));
  }

  /** Receives a write that a node has announced. @param at Unix microseconds. */
  onVisible = (node: string, value: Value, at: number): void => this.#feed.addVisible(node, value, at);

  /** Follows the services until the signal. */
  async run(): Promise<void> {
    await Promise.all(this.#feed.watches.map((watch) => watch.run(systemClock, this.#signal)));
  }
}
