/**
 * The messages between `npm start` and the monitor, its child process. The monitor passes on the requests of the live page;
 * `npm start` owns the processes, and executes them.
 */

/** `restart` also ends a pause or a kill early. `cut` cuts the link between two nodes in both directions. */
export const FAULT_ACTIONS = ['pause', 'kill', 'restart', 'cut'] as const;
export type FaultAction = (typeof FAULT_ACTIONS)[number];

export interface FaultRequest {
  action: FaultAction;
  node: string;
  /** Other node of the link; only for `cut`. */
  peer?: string;
}

/** A fault with the time of its recovery. */
export interface ActiveFault extends FaultRequest {
  /** Unix milliseconds. */
  until: number;
}

/** From the monitor. */
export type ControlRequest = { id: number } & ({ action: 'write' } | FaultRequest);

/** From `npm start`: the result of a request. Without an error, the request was executed. */
export interface ControlAnswer {
  id: number;
  error?: string;
}

/** What `npm start` executes. */
export interface OfferedControls {
  write: true;
  /** Absent without --controls. */
  faults?: { actions: readonly FaultAction[]; active: ActiveFault[] };
}

/** From `npm start`: at the start of the monitor, and after each change. */
export interface ControlOffer {
  controls: OfferedControls;
}
