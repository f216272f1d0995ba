/** Follows one service by its events, forever. A service that is down is a state, never an error. */
import { type Clock, sleep } from '../../common/clock.ts';
import type { Node } from '../../common/nodes.ts';
import type { PageService } from '../page-state.ts';
import { readEvents } from './event-stream.ts';
import type { Line } from './line.ts';

/** Also the interval of the attempts to reach a service that is down. */
const INTERVAL_MS = 1_000;
/** A service sends its values once per second. */
const SILENT_MS = 3_000;

interface ValuesEvent {
  service: string;
  role: PageService['role'];
  values: Record<string, number>;
}

export interface ServiceEvents {
  onValues: (service: PageService) => void;
  onLines: (service: PageService, lines: readonly Line[], omitted: number) => void;
  onDown: (service: PageService) => void;
}

export class ServiceWatch {
  readonly #address: Node;
  readonly #events: ServiceEvents;
  /** Its name is the address until the service has sent its name. */
  readonly state: PageService;

  constructor(address: Node, events: ServiceEvents) {
    this.#address = address;
    this.#events = events;
    const { name } = address;
    this.state = {
      name,
      role: 'observer',
      address: name,
      status: 'unknown',
      reason: 'was not read yet',
      values: {},
    };
  }

  /** Watches until the signal. */
  async run(clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const { name, data } of readEvents(this.#address, '/events', SILENT_MS, signal))
          this.#receive(name, data);
      } catch (error) {
        if (signal.aborted) return;
        this.#lose(error as Error);
      }
      await sleep(clock, INTERVAL_MS, signal);
    }
  }

  #receive(name: string, data: string): void {
    if (name === 'values') this.#onValues(JSON.parse(data));
    if (name !== 'lines' || this.state.status !== 'up') return;
    const { lines, omitted }: { lines: Line[]; omitted: number } = JSON.parse(data);
    this.#events.onLines(this.state, lines, omitted);
  }

  #onValues({ service: name, role, values }: ValuesEvent): void {
    Object.assign(this.state, { name, role, values, status: 'up', reason: '' });
    const node = connectedNode(values);
    if (node === undefined) delete this.state.node;
    else this.state.node = node;
    this.#events.onValues(this.state);
  }

  #lose({ message: reason }: Error): void {
    Object.assign(this.state, { status: 'down', reason, values: {} });
    delete this.state.node;
    this.#events.onDown(this.state);
  }
}

/** Returns the node that the service uses. */
function connectedNode(values: Record<string, number>): string | undefined {
  for (const [name, value] of Object.entries(values)) {
    const node = /^mesh_connected\{node="(.*)"\}$/.exec(name)?.[1];
    if (node !== undefined && value === 1) return node;
  }
  return undefined;
}
