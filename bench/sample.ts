/** What measuring yields: plain data, as it is kept in data.json. */

/** What else happened while a sample was taken. */
export interface Conditions {
  /** Share of the machine's processor time that the hypervisor gave away, 0 to 1; absent where it cannot be seen. */
  stolenShare?: number;
  /** Share that processes used which are none of the benchmark's, 0 to 1. */
  foreignShare?: number;
  /** Nodes that are not the process any more that they were before. */
  restartedNodes: string[];
  /** What the measured processes complained of, and what went wrong in the measurement itself. */
  complaints: string[];
}

/** What one sample is about. */
export interface Identity {
  experiment: string;
  /** What was measured, among what it is compared with. */
  subject: string;
  /** Under which setting; samples of the same setting are rounds of each other. */
  setting: Readonly<Record<string, string | number>>;
}

/** What was measured in one round. */
export interface Sample extends Identity {
  round: number;
  /** Histograms of microseconds, HDR encoded, by what they measure. */
  latencies: Record<string, string>;
  /** Single figures; the name ends in the unit where there is one. */
  figures: Record<string, number>;
  conditions: Conditions;
}

/** What work yields before it is a sample. */
export interface Measured {
  /** One number for each write, microseconds. */
  latencies?: Record<string, readonly number[]>;
  figures?: Record<string, number | undefined>;
}
