/** Sets the interval between two writes, with the key that the writer reads (INTERVAL_KEY). */
import { z } from 'zod';
import type { Open } from '../connect.ts';
import type { MeshState } from '../mesh-state.ts';
import type { Controls } from '../page-state.ts';
import type { MonitorSettings } from '../settings.ts';
import { type Action, action, RequestError } from './actions.ts';

/** The limits of the writer: writer/interval.ts. */
const [MIN_SECONDS, MAX_SECONDS] = [1, 3_600];

const BODY = z.strictObject({
  node: z.string(),
  seconds: z.int().min(MIN_SECONDS).max(MAX_SECONDS).nullable(),
});

export class IntervalControl {
  readonly #key: string;
  readonly #open: Open | undefined;
  readonly #nodes: () => string[];

  /** @param open opens a connection that may set the key. If omitted, there is no control. */
  constructor(settings: MonitorSettings, open: Open | undefined, mesh: () => MeshState) {
    const { INTERVAL_KEY, WRITE_NODES, KEYDB_NODES } = settings;
    this.#key = INTERVAL_KEY;
    this.#open = INTERVAL_KEY === '' ? undefined : open;
    const names = (WRITE_NODES.length > 0 ? WRITE_NODES : KEYDB_NODES).map(({ name }) => name);
    this.#nodes = () => names.filter((name) => !isReadOnly(mesh(), name));
  }

  get offered(): Pick<Controls, 'interval'> {
    if (!this.#open) return {};
    return {
      interval: { key: this.#key, minSeconds: MIN_SECONDS, maxSeconds: MAX_SECONDS, nodes: this.#nodes() },
    };
  }

  get action(): Action {
    return action(BODY, async ({ node, seconds }) => {
      const nodes = this.#nodes();
      if (!this.#open)
        throw new RequestError(
          'the monitor may not set the interval: set INTERVAL_KEY and OPERATOR_USERNAME',
        );
      if (!nodes.includes(node)) throw new RequestError(`node: expected one of ${nodes.join(', ')}`);
      const connection = await this.#open(node);
      try {
        await connection.call(seconds === null ? ['DEL', this.#key] : ['SET', this.#key, String(seconds)]);
      } finally {
        connection.close();
      }
    });
  }
}

function isReadOnly({ nodes }: MeshState, name: string): boolean {
  return nodes.find((node) => node.name === name)?.reading?.info.readOnly ?? false;
}
