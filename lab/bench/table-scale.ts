/** Defines how much the experiments with tables measure. */

export interface TableScale {
  table: {
    /** Rows of the tables. The statements are measured in the middle one. */
    rows: number[];
    /** Kinds of load, each with the number of calls of each subject in one slice. */
    modes: { connections: number; inFlight: number; calls: number }[];
    /** Lookups in one slice, in a table of each size. */
    lookups: number;
    /** Rows that the scans of one slice read; at least one scan. */
    scannedRows: number;
    slices: number;
    rounds: number;
  };
  /** Memory does not vary, so there is one round. */
  tableMemory: { rows: number[] };
}

export const TABLE_SCALES: Record<'full' | 'quick' | 'tiny', TableScale> = {
  full: {
    table: {
      rows: [10_000, 100_000, 1_000_000],
      modes: [
        { connections: 1, inFlight: 1, calls: 500 },
        { connections: 50, inFlight: 1, calls: 3_000 },
        { connections: 1, inFlight: 200, calls: 3_000 },
        { connections: 50, inFlight: 20, calls: 3_000 },
      ],
      lookups: 500,
      scannedRows: 1_000_000,
      slices: 4,
      rounds: 6,
    },
    tableMemory: { rows: [100_000] },
  },
  quick: {
    table: {
      rows: [1_000, 10_000, 100_000],
      modes: [
        { connections: 1, inFlight: 1, calls: 200 },
        { connections: 50, inFlight: 1, calls: 1_000 },
        { connections: 1, inFlight: 200, calls: 1_000 },
        { connections: 50, inFlight: 20, calls: 1_000 },
      ],
      lookups: 200,
      scannedRows: 100_000,
      slices: 2,
      rounds: 1,
    },
    tableMemory: { rows: [10_000] },
  },
  tiny: {
    table: {
      rows: [100, 1_000],
      modes: [
        { connections: 1, inFlight: 1, calls: 20 },
        { connections: 5, inFlight: 20, calls: 100 },
      ],
      lookups: 20,
      scannedRows: 1_000,
      slices: 1,
      rounds: 1,
    },
    tableMemory: { rows: [1_000] },
  },
};
