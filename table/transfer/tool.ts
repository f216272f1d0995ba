/** npm run table -- export|import */
import { extname } from 'node:path';
import { type Command, Option } from 'commander';
import { config } from 'dotenv';
import { pickSettings } from '../../common/settings.ts';
import { rejectExisting, writeAtomically } from '../../toolkit/files.ts';
import { Connection } from '../../toolkit/node/connection.ts';
import { UsageError } from '../../toolkit/node/errors.ts';
import { addressesOf, outOption, parse, toolCommand } from '../../toolkit/options.ts';
import { count } from '../../toolkit/progress.ts';
import { EXIT, type ToolRun } from '../../toolkit/run-tool.ts';
import { csv } from './csv.ts';
import { exportTable } from './export.ts';
import type { Format } from './format.ts';
import { Import } from './import.ts';
import { sql } from './sql.ts';
import { TableClient } from './table-client.ts';

interface Options {
  format?: string;
  gateway?: string;
  out?: string;
  table?: string;
}

const FORMATS: ReadonlyMap<string, Format> = new Map([
  ['csv', csv],
  ['sql', sql],
]);

/** Timeout for a reply. A node that saves or loads data may pause for seconds. */
const TIMEOUT_MS = 60_000;

const NOTES = `User, password, and TLS for the gateway come from the settings of the services (KEYDB_*). An export needs a user with
the rules +@all ~* if the gateway has an access file.`;

/** Exports a table to a file or to stdout. */
export async function runExport(run: ToolRun): Promise<number> {
  const { options, argument: table } = readCommandLine(exportCommand());
  const { out, gateway } = options;
  const format = formatOf(options, out ?? '');
  if (out !== undefined) await rejectExisting(out);
  const rows = await withGateway(gateway, run, (connection) => {
    const client = new TableClient(connection, Buffer.from(table).toString('latin1'));
    if (out === undefined) return exportTable(client, format, writeToStdout, run.progress);
    return writeAtomically(out, (file) => {
      const write = (text: string) => file.writeFile(text, 'latin1');
      return exportTable(client, format, write, run.progress);
    });
  });
  run.progress.say(`Exported ${count(rows)} rows of ${table}${out === undefined ? '' : ` to ${out}`}`);
  return EXIT.holds;
}

/** Imports a file into a table. */
export async function runImport(run: ToolRun): Promise<number> {
  const { options, argument: file } = readCommandLine(importCommand());
  const table = options.table === undefined ? undefined : Buffer.from(options.table).toString('latin1');
  const source = { file, format: formatOf(options, file), table };
  const rows = await withGateway(options.gateway, run, (connection) =>
    new Import(connection, source, run.progress, run.signal).run(),
  );
  run.progress.say(`Imported ${count(rows)} rows of ${file}`);
  return EXIT.holds;
}

function exportCommand(): Command {
  return toolCommand(
    'npm run table',
    'Exports a table to a file while clients use it. Each row is consistent, but the file is no snapshot.',
    { 0: 'exported', 2: 'not exported' },
    NOTES,
  )
    .usage('export [options] <namespace.table>')
    .argument('<namespace.table>', 'the table')
    .addOption(formatOption())
    .addOption(outOption('file', 'the rows (default: stdout)'))
    .addOption(gatewayOption());
}

function importCommand(): Command {
  return toolCommand(
    'npm run table',
    'Inserts the rows of a file into an existing table. Checks the whole file first.',
    { 0: 'imported', 2: 'not imported, or only in part, as the error says' },
    NOTES,
  )
    .usage('import [options] <file>')
    .argument('<file>', 'CSV with a header, or SQL with INSERT statements')
    .addOption(formatOption())
    .option('--table <namespace.table>', 'target of all rows (default: the table that the SQL names)')
    .addOption(gatewayOption());
}

function formatOption(): Option {
  return new Option('--format <format>', 'default: the extension of the file name, else csv').choices([
    ...FORMATS.keys(),
  ]);
}

function gatewayOption(): Option {
  return new Option(
    '--gateway <host:port>',
    'the gateway, or redis[s]://user:password@host:port/db (default: TABLE_PORT)',
  );
}

/** Parses the words after `export` or `import`. */
function readCommandLine(command: Command): { options: Options; argument: string } {
  const options = parse<Options>(command, process.argv.toSpliced(2, 1));
  return { options, argument: command.args[0] ?? '' };
}

function formatOf({ format }: Options, file: string): Format {
  return FORMATS.get(format ?? extname(file).slice(1).toLowerCase()) ?? csv;
}

/** Runs work on a connection to the gateway, in the database of the settings. @throws NodeError, UsageError. */
async function withGateway<T>(
  gateway: string | undefined,
  { signal }: ToolRun,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  config({ quiet: true });
  const { TABLE_PORT, KEYDB_DB } = pickSettings(process.env, ['TABLE_PORT', 'KEYDB_DB']);
  const [address] = addressesOf(gateway ?? TABLE_PORT.name, '--gateway');
  if (address === undefined) throw new UsageError('--gateway: expected host:port');
  const connection = await Connection.open(address, { timeoutMs: TIMEOUT_MS, signal });
  try {
    const db = address.db ?? KEYDB_DB;
    if (db !== 0) await connection.call(['SELECT', String(db)]);
    return await work(connection);
  } finally {
    connection.close();
  }
}

/** Waits until the reader has taken the text. */
function writeToStdout(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, 'latin1', () => resolve());
  });
}
