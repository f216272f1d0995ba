/** Executes what the monitor requests for its page: a write at once, and faults. */
import { type ControlRequest, FAULT_ACTIONS, type OfferedControls } from '../../toolkit/control-messages.ts';
import type { Faults } from './faults.ts';
import type { Connect, ServiceProcess } from './service-process.ts';

type Send = Parameters<Connect>[0];

export class Controls {
  readonly #writer: ServiceProcess | undefined;
  readonly #faults: Faults | undefined;
  #send: Send = () => {};

  /** @param faults absent without --controls. */
  constructor(writer?: ServiceProcess, faults?: Faults) {
    this.#writer = writer;
    this.#faults = faults;
    if (faults) faults.onChange = () => this.#offer();
  }

  /** Connects with the monitor, at each of its starts. @returns the receiver of its requests. */
  connect(send: Send): (message: unknown) => Promise<void> {
    this.#send = send;
    this.#offer();
    return async (message) => {
      const request = message as ControlRequest;
      send({ id: request.id, ...(await this.#execute(request).catch(textOf)) });
    };
  }

  /** Tells the monitor what it can request now, and which faults are active. */
  #offer(): void {
    const faults = this.#faults && { actions: FAULT_ACTIONS, active: this.#faults.active };
    const controls: OfferedControls = { write: true, ...(faults && { faults }) };
    this.#send({ controls });
  }

  async #execute(request: ControlRequest): Promise<void> {
    if (request.action === 'write') {
      if (!this.#writer?.signal('SIGUSR2'))
        throw new Error('the writer is not running: npm start restarts it, so try again in a few seconds');
    } else if (this.#faults) {
      const { id: _, ...fault } = request;
      await this.#faults.cause(fault);
    } else {
      throw new Error('npm start runs without --controls, so it causes no faults');
    }
  }
}

function textOf({ message }: Error): { error: string } {
  return { error: message };
}
