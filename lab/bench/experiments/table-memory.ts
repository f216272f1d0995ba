/** Measures the memory of a table, and of plain hashes with the same index sets. */
import type { Connection } from '../../../toolkit/node/connection.ts';
import { readInfo } from '../../../toolkit/node/nodes.ts';
import { type Command, ReplyError } from '../../../toolkit/node/resp.ts';
import { type Context, type Experiment, type Step, takeSample } from '../context.ts';
import { loadScripts, startTableNode } from '../host/table-system.ts';
import type { OwnMesh } from '../host/target.ts';
import { until } from '../host/until.ts';
import { COLUMNS, type Row, requestOf, rowOf } from '../load/statements.ts';
import { connect } from '../raw/connect.ts';

/** All have the same length, because names are part of the keys. */
const NAMES = { table: 'bench.table', plain: 'bench.plain', 'plain, sets only': 'bench.plain' };
type Subject = keyof typeof NAMES;
/** The columns whose index also has a sorted set of their values. */
const RANGED: readonly (keyof Row)[] = ['points', 'joined'];

/** The indexed columns of each variant. */
export const INDEXED = {
  none: [],
  'unique texts': ['email'],
  'unique numbers': ['points'],
  '100 values': ['city'],
  dates: ['joined'],
  'unique texts and dates': ['email', 'joined'],
} as const satisfies Record<string, readonly (keyof Row)[]>;
type Indexed = keyof typeof INDEXED;

/** The buffers of a larger batch would count as memory of the rows. */
const CHUNK = 100;
const STEADY_BYTES = 4_096;
/** Approximate rate, only for the estimated duration. */
const ROWS_PER_SECOND = 20_000;

export const tableMemory: Experiment = {
  name: 'table-memory',
  title: 'Memory of tables',
  about:
    'Memory per row of a table, and of plain hashes with the same indexes: sets of ids, and for numbers and dates a sorted set of their values.',
  caveats: [
    'Memory is the difference of used_memory of one node, divided by the rows. Fragmentation and the backlog of a mesh add to it.',
    'A row has 5 columns with 66 bytes of values.',
  ],
  ownNodes: true,
  steps(context) {
    let mesh: OwnMesh | undefined;
    const fill = (rows: number, indexed: Indexed, subject: Subject): Step => ({
      label: `${rows} rows, indexed: ${indexed}, ${subject}`,
      seconds: rows / ROWS_PER_SECOND,
      run: () => sample(context, mesh as OwnMesh, { rows, indexed, subject }),
    });
    return [
      {
        label: 'starting a node',
        seconds: 1,
        run: async () => {
          mesh = await startTableNode(context.engine);
        },
      },
      ...context.scale.tableMemory.rows.flatMap((rows) =>
        (Object.keys(INDEXED) as Indexed[]).flatMap((indexed) => [
          fill(rows, indexed, 'table'),
          fill(rows, indexed, 'plain'),
          ...(INDEXED[indexed].some((column) => RANGED.includes(column))
            ? [fill(rows, indexed, 'plain, sets only')]
            : []),
        ]),
      ),
      { label: 'stopping the node', seconds: 0.5, run: async () => mesh?.stop() },
    ];
  },
};

interface Filling {
  rows: number;
  indexed: Indexed;
  subject: Subject;
}

async function sample(
  context: Context,
  { target }: OwnMesh,
  { rows, indexed, subject }: Filling,
): Promise<void> {
  const connection = await connect(target.writeTo);
  const fillNode = async () => {
    await connection.call(['FLUSHALL']);
    const commandsOf =
      subject === 'table' ? await createTable(connection, indexed) : plainRow(indexed, subject === 'plain');
    const before = await usedMemory(connection);
    for (let first = 0; first < rows; first += CHUNK) {
      const commands = Array.from({ length: Math.min(CHUNK, rows - first) }, (_, i) => commandsOf(first + i));
      await callAll(connection, commands.flat());
    }
    return { bytes: (await usedMemory(connection)) - before };
  };
  const setting = { rows, indexed };
  await takeSample(
    context,
    { experiment: 'table-memory', subject, setting, target },
    fillNode,
    ({ bytes }) => ({
      figures: { bytesPerRow: bytes / rows },
    }),
  );
  connection.close();
}

/** Creates a table. @returns the commands that insert the row of a number. */
async function createTable(connection: Connection, indexed: Indexed): Promise<(n: number) => Command[]> {
  const columns = Object.entries(COLUMNS).map(([column, type]) => {
    const [bare = ''] = type.split(':');
    return INDEXED[indexed].some((name) => name === column) ? `${column}:${bare}:hash` : `${column}:${bare}`;
  });
  const heads = await loadScripts(connection);
  const call = (name: string, ...args: string[]) => [...(heads[name] ?? []), ...args];
  await callAll(connection, [
    call('TABLE.NAMESPACE.CREATE', 'bench'),
    call('TABLE.SCHEMA.CREATE', NAMES.table, ...columns),
  ]);
  return (n) => [requestOf('INSERT', heads, NAMES.table, n)];
}

/** Returns the plain commands for the row of a number. @param sorted with the sorted sets, too. */
function plainRow(indexed: Indexed, sorted: boolean): (n: number) => Command[] {
  const key = `{${NAMES.plain}}`;
  return (n) => {
    const row = rowOf(n);
    return [
      requestOf('INSERT', undefined, NAMES.plain, n),
      ...INDEXED[indexed].flatMap((column) => [
        ['SADD', `${key}:idx:${column}:${row[column]}`, `${n}`],
        ...(sorted && RANGED.includes(column)
          ? [['ZADD', `${key}:range:${column}`, row[column].replaceAll('-', ''), row[column]]]
          : []),
      ]),
    ];
  };
}

async function callAll(connection: Connection, commands: readonly Command[]): Promise<void> {
  for (const reply of await connection.batch(commands)) {
    if (reply instanceof ReplyError) throw new Error(reply.message);
  }
}

/** Returns the memory of a node that has freed what it deleted: KeyDB does this in the background. */
async function usedMemory(connection: Connection): Promise<number> {
  let last = Number.NaN;
  await until(async () => {
    const before = last;
    last = Number((await readInfo(connection, 'memory')).fields.get('used_memory'));
    return Math.abs(last - before) < STEADY_BYTES;
  }, 'steady memory of the node');
  return last;
}
