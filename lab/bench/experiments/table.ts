/** Measures the TABLE statements: through the gateway, as the same script on the node, and as plain commands. */
import type { Context, Experiment, Step } from '../context.ts';
import { SUBJECTS, type Subject, TableSystem } from '../host/table-system.ts';
import { COLUMNS, STATEMENTS, type Statement } from '../load/statements.ts';
import { connect } from '../raw/connect.ts';
import { compare, type Mode } from './table-calls.ts';
import { rotated } from './team.ts';

/** Ways to call that use a table. */
const TABLE_SUBJECTS: readonly Subject[] = ['floor', 'gateway'];
/** The numbers of inserted rows start here, above those of the tables, with a range for each subject. */
const FIRST_INSERTED = 100_000_000;
/** Spreads reads over a table, so that they do not profit from the caches of the processor. A prime number. */
const STRIDE = 7_919;
/** Approximate values, only for the estimated duration. */
const START_SECONDS = 3;
const CALLS_PER_SECOND = { single: 8_000, pipelined: 25_000, scannedRows: 700_000 };
const LOAD_CHUNK = 10_000;

export const table: Experiment = {
  name: 'table',
  title: 'TABLE statements',
  about: 'Statements through the gateway, as the same script without it, and as plain commands.',
  caveats: [
    'The baseline is the same Lua script, called on the node directly. Plain commands are HSET, HGETALL, and DEL of one key, without ids and indexes.',
    'The node, the gateway, and the load generator share the cores of one machine. The node is alone: in a mesh, each write also replicates.',
    'The subjects get the load in turn, in short slices. An INSERT changes two indexes, an UPDATE one of them.',
    'Scan and range find the same 10 rows: a scan reads each row, a range reads the sorted set of an indexed date.',
  ],
  ownNodes: true,
  steps(context) {
    const { rows, rounds, modes } = context.scale.table;
    let started: TableSystem | undefined;
    const system = () => started as TableSystem;
    const middle = rows[Math.floor(rows.length / 2)] as number;
    const round = (i: number): Step[] => [
      ...modes.flatMap((mode) =>
        STATEMENTS.map((statement) => callStep(context, system, i, middle, statement, mode)),
      ),
      ...rows.flatMap((count) =>
        (['SELECT', 'range', 'scan'] as const).map((statement) =>
          sizeStep(context, system, i, count, statement),
        ),
      ),
    ];
    return [
      {
        label: 'starting a node and the gateway',
        seconds: START_SECONDS,
        run: async () => {
          started = await TableSystem.start(context.engine);
        },
      },
      ...rows.map((count) => loadStep(context, system, count)),
      ...Array.from({ length: rounds }, (_, i) => round(i)).flat(),
      {
        label: 'stopping the node and the gateway',
        seconds: 1,
        run: async () => {
          await context.load.ask('closeCalls');
          await started?.stop();
        },
      },
    ];
  },
};

type Use = () => TableSystem;

function nameOf(rows: number): string {
  return `bench.rows${rows}`;
}

/** Creates a table with this many rows. */
function loadStep(context: Context, system: Use, rows: number): Step {
  return {
    label: `${rows} rows`,
    seconds: rows / CALLS_PER_SECOND.pipelined,
    run: async () => {
      const { address } = system().callerOf('gateway');
      const connection = await connect(address);
      const columns = Object.entries(COLUMNS).map(([column, type]) => `${column}:${type}`);
      await connection.batch([['TABLE.NAMESPACE.CREATE', 'bench']]);
      await connection.call(['TABLE.SCHEMA.CREATE', nameOf(rows), ...columns]);
      connection.close();
      for (let first = 0; first < rows; first += LOAD_CHUNK) {
        const numbers = Array.from({ length: Math.min(LOAD_CHUNK, rows - first) }, (_, i) => first + i);
        const task = { statement: 'INSERT', table: nameOf(rows), numbers, connections: 1, inFlight: 1_000 };
        await context.load.ask('calls', { ...system().callerOf('floor'), ...task });
      }
    },
  };
}

/** Measures one statement in each way. INSERT adds the rows that the next statements use, and DELETE removes them. */
function callStep(
  context: Context,
  system: Use,
  round: number,
  rows: number,
  statement: Statement,
  mode: Mode,
): Step {
  const { connections, inFlight, calls } = mode;
  const { slices } = context.scale.table;
  const perSecond = inFlight === 1 ? CALLS_PER_SECOND.single : CALLS_PER_SECOND.pipelined;
  return {
    label: `${statement}, ${connections} connections, ${inFlight} in flight`,
    seconds: (SUBJECTS.length * (slices + 1) * calls) / perSecond,
    run: () =>
      compare(context, system(), rotated(SUBJECTS, round), {
        statement,
        setting: { statement, connections, inFlight },
        table: nameOf(rows),
        mode,
        slices,
        numbersOf: (subject, slice) => {
          const first = FIRST_INSERTED * (1 + SUBJECTS.indexOf(subject)) + slice * calls;
          return Array.from({ length: calls }, (_, i) => first + i);
        },
      }),
  };
}

/** Measures one statement in a table of a size. */
function sizeStep(
  context: Context,
  system: Use,
  round: number,
  rows: number,
  statement: 'SELECT' | 'range' | 'scan',
): Step {
  const { slices, lookups, scannedRows } = context.scale.table;
  const calls = statement === 'scan' ? Math.max(1, Math.round(scannedRows / rows)) : lookups;
  const perSecond = statement === 'scan' ? CALLS_PER_SECOND.scannedRows / rows : CALLS_PER_SECOND.single;
  const sizeSlices = statement === 'scan' ? 1 : slices;
  return {
    label: `${statement}, ${rows} rows`,
    seconds: (TABLE_SUBJECTS.length * (sizeSlices + 1) * calls) / perSecond,
    run: () =>
      compare(context, system(), rotated(TABLE_SUBJECTS, round), {
        statement,
        setting: { statement, rows },
        table: nameOf(rows),
        mode: { connections: 1, inFlight: 1, calls },
        slices: sizeSlices,
        numbersOf: (_, slice) =>
          Array.from({ length: calls }, (_, i) => ((slice * calls + i) * STRIDE) % rows),
      }),
  };
}
