/** Measured data in the form of data.json. */

/** Noise and failures during a sample. */
export interface Conditions {
  /** Share of the CPU time that the hypervisor took, 0 to 1; absent if it is not visible. */
  stolenShare?: number;
  /** Share of the CPU time that processes outside the benchmark used, 0 to 1. */
  foreignShare?: number;
  /** Nodes whose process was replaced during the sample. */
  restartedNodes: string[];
  /** Warnings and errors of the measured processes and of the measurement itself. */
  complaints: string[];
}

/** Identity of a sample. */
export interface Identity {
  experiment: string;
  /** The measured subject, which is compared with other subjects. */
  subject: string;
  /** The setting. Samples of the same setting are its rounds. */
  setting: Readonly<Record<string, string | number>>;
}

/** The measurements of one round. */
export interface Sample extends Identity {
  round: number;
  /** Histograms in microseconds, HDR encoded, by name of the latency. */
  latencies: Record<string, string>;
  /** Single figures. The name ends in the unit, if there is one. */
  figures: Record<string, number>;
  conditions: Conditions;
}

/** Result of the work before it becomes a sample. */
export interface Measured {
  /** One number for each write, in microseconds. */
  latencies?: Record<string, readonly number[]>;
  figures?: Record<string, number | undefined>;
}
