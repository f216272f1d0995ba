/** Takes the samples of one statement: each way to call gets the load in turn, in slices. */
import { spreadOf } from '../../../toolkit/report/figures.ts';
import { type Context, takeSample, withCpu } from '../context.ts';
import type { Subject, TableSystem } from '../host/table-system.ts';
import type { Calls } from '../load/calls.ts';
import type { Statement } from '../load/statements.ts';
import { turns } from './turns.ts';

export interface Mode {
  connections: number;
  inFlight: number;
  /** Calls of each subject in one slice. */
  calls: number;
}

export interface Comparison {
  statement: Statement;
  setting: Record<string, string | number>;
  table: string;
  mode: Mode;
  slices: number;
  /** Returns the numbers of the rows of a slice. */
  numbersOf(subject: Subject, slice: number): number[];
}

/** Takes a sample of each subject, in turn. The first slice of each warms up, and does not count. */
export async function compare(
  context: Context,
  system: TableSystem,
  subjects: readonly Subject[],
  comparison: Comparison,
): Promise<void> {
  const { statement, setting, table: name, mode, slices, numbersOf } = comparison;
  const inTurn = turns(subjects.length);
  await Promise.all(
    subjects.map((subject) => {
      const usesGateway = subject.endsWith('gateway');
      let slice = 0;
      const call = () => {
        const numbers = numbersOf(subject, slice++);
        const task = { ...system.callerOf(subject), statement, table: name, numbers, ...mode };
        return withCpu(usesGateway ? system.gateway : undefined, () =>
          context.load.ask<Calls>('calls', task),
        );
      };
      return takeSample(
        context,
        { experiment: 'table', subject, setting, target: system.target, observers: [system.gateway] },
        async () => (await inTurn(slices + 1, call)).slice(1),
        (measured) => ({
          latencies: { call: measured.flatMap(({ micros }) => micros) },
          figures: figuresOf(measured, statement === 'scan' ? Number(setting.rows) : undefined),
        }),
      );
    }),
  );
}

type Measured = Calls & { cpuMicros: number | undefined };

/** @param scannedRows rows that each call reads, for a scan. */
function figuresOf(measured: readonly Measured[], scannedRows: number | undefined) {
  const sum = (of: (one: Measured) => number) => measured.reduce((total, one) => total + of(one), 0);
  const calls = sum((one) => one.calls);
  const cpu = sum(({ cpuMicros = Number.NaN }) => cpuMicros) / calls;
  return {
    callsPerSecond: calls / sum(({ seconds }) => seconds),
    gatewayCpuMicrosPerCall: Number.isNaN(cpu) ? undefined : cpu,
    microsPerRow: scannedRows && spreadOf(measured.flatMap(({ micros }) => micros)).median / scannedRows,
  };
}
