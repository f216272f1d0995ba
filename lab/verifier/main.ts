/** npm run verify */
import { Connection } from '../../toolkit/node/connection.ts';
import { UsageError } from '../../toolkit/node/errors.ts';
import { addressesOf, parse, wholeNumber } from '../../toolkit/options.ts';
import { print, runTool } from '../../toolkit/run-tool.ts';
import { databaseOf, insertTestData, uniquePrefix } from './insert/insert.ts';
import { type ParsedOptions, verifyCommand, verifyOptionsOf } from './options.ts';
import { repairFrom } from './repair/repair-steps.ts';
import { printResult } from './report/print-result.ts';
import { verify } from './verify.ts';

type Options = ParsedOptions & { insert?: number; repairFrom?: string; dryRun: boolean };

await runTool(async ({ signal, progress }) => {
  const options = readCommandLine();
  const addresses = addressesOf(options.nodes);
  const [source] = addresses;
  const how = verifyOptionsOf(options);
  if (options.repairFrom !== undefined) {
    const { repairFrom: from, dryRun, json } = options;
    return repairFrom(addresses, how, { from, dryRun, json }, progress, signal);
  }
  if (options.insert === undefined || source === undefined) {
    return printResult(await verify(addresses, how, progress, signal), options.json);
  }
  const connection = await Connection.open(source, { timeoutMs: how.timeoutMs, signal });
  try {
    await connection.call(['SELECT', databaseOf(source, how)]);
    const data = { prefix: uniquePrefix('verify'), keys: options.insert, now: Date.now() };
    await insertTestData(connection, data, progress);
    print(
      options.json
        ? `${JSON.stringify({ inserted: data.keys, prefix: data.prefix, node: source.name })}\n`
        : `Inserted ${data.keys} keys through ${source.name}; all begin with ${data.prefix}\n`,
    );
    return 0;
  } finally {
    connection.close();
  }
});

function readCommandLine(): Options {
  const command = verifyCommand(
    'npm run verify',
    'Checks that the nodes contain the same data. Changes nothing by default.',
  )
    .option(
      '--insert <n>',
      'only insert this number of test keys, through the source',
      wholeNumber(1, 100_000_000),
    )
    .option(
      '--repair-from <node>',
      "make this node the source and copy its values over the others' where they differ",
    )
    .option('--dry-run', 'only print what --repair-from would overwrite', false);
  const options = parse<Options>(command);
  if (options.dryRun && options.repairFrom === undefined)
    throw new UsageError('--dry-run requires --repair-from <node>');
  if (options.insert !== undefined && options.repairFrom !== undefined)
    throw new UsageError('--insert and --repair-from cannot be combined');
  return options;
}
