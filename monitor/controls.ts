/**
 * Passes writes and faults on to `npm start`, which owns the processes. It starts the monitor with an IPC channel. Without
 * the channel, there is nothing to control.
 */
import { z } from 'zod';
import {
  type ControlAnswer,
  type ControlOffer,
  type ControlRequest,
  FAULT_ACTIONS,
  type FaultRequest,
  type OfferedControls,
} from '../toolkit/control-messages.ts';

/** Body of POST /actions/fault. */
export const faultRequest = z.strictObject({
  action: z.enum(FAULT_ACTIONS),
  node: z.string(),
  peer: z.string().exactOptional(),
});

export class StartControls {
  readonly #pending = new Map<number, (error?: string) => void>();
  #offered: Partial<OfferedControls> = {};
  #lastId = 0;

  constructor() {
    if (process.send === undefined) return;
    process.on('message', (message: ControlAnswer | ControlOffer) => this.#onMessage(message));
    process.once('disconnect', () => this.#onDisconnect());
  }

  /** Returns what the page can control now. Each change replaces the object. */
  get offered(): Partial<OfferedControls> {
    return this.#offered;
  }

  /** Lets the writer write at once. @throws Error with the remedy. */
  async write(): Promise<void> {
    if (!this.#offered.write)
      throw new Error('only npm start lets the writer write at once: it starts the monitor and the writer');
    await this.#request({ action: 'write' });
  }

  /** Causes a fault, or ends one by a restart. @throws Error with the remedy. */
  async fault({ action, node, peer }: FaultRequest): Promise<void> {
    if (!this.#offered.faults)
      throw new Error('this mesh accepts no faults: start it with npm start -- --controls');
    await this.#request({ action, node, ...(peer !== undefined && { peer }) });
  }

  #request(request: { action: 'write' } | FaultRequest): Promise<void> {
    this.#lastId += 1;
    const message: ControlRequest = { id: this.#lastId, ...request };
    return new Promise((resolve, reject) => {
      const settle = (error?: string) => {
        this.#pending.delete(message.id);
        if (error === undefined) resolve();
        else reject(new Error(error));
      };
      this.#pending.set(message.id, settle);
      process.send?.(message, (error: Error | null) => {
        if (error) settle(`npm start does not answer (${error.message}): start it again`);
      });
    });
  }

  #onMessage(message: ControlAnswer | ControlOffer): void {
    if ('controls' in message) this.#offered = message.controls;
    else this.#pending.get(message.id)?.(message.error);
  }

  #onDisconnect(): void {
    this.#offered = {};
    for (const settle of [...this.#pending.values()]) settle('npm start has ended: start it again');
  }
}
