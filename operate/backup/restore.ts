/** npm run restore */
import { exitCodeOf, report, toJson } from '../../lab/verifier/index.ts';
import {
  addressesOf,
  engineOption,
  jsonOption,
  nodesOption,
  parse,
  toolCommand,
} from '../../toolkit/options.ts';
import { count } from '../../toolkit/progress.ts';
import { print, runTool } from '../../toolkit/run-tool.ts';
import { checkFile, type Loaded, load } from './load.ts';

interface Options {
  file: string;
  nodes?: string;
  engine?: string;
  force: boolean;
  json: boolean;
}

await runTool(async ({ signal, progress }) => {
  const { file, nodes, json, ...options } = readCommandLine();
  const addresses = addressesOf(nodes);
  progress.start(`checking ${file}`);
  await checkFile(file, signal);
  const loaded = await load(file, addresses, options, progress, signal);
  print(json ? `${JSON.stringify(asJson(loaded))}\n` : asText(loaded));
  return exitCodeOf(loaded.result.pairs);
});

function readCommandLine(): Options {
  const command = toolCommand(
    'npm run restore',
    'Restores a backup to the running nodes, and compares their data with it.',
    { 0: 'restored and in sync on all nodes', 1: 'different', 2: 'not restored or unknown' },
    `Stop all writers first: a concurrent write may be overwritten or reported as a difference.
Keys that have expired since the backup are not restored.`,
  )
    .argument('<file>', 'file created by npm run backup, or any other snapshot (RDB)')
    .option('--force', 'first remove all keys of all databases from all nodes', false)
    .addOption(nodesOption('the first receives the writes (default: KEYDB_NODES)'))
    .addOption(engineOption('the first that can read the file'))
    .addOption(jsonOption);
  const options = parse<Omit<Options, 'file'>>(command);
  return { file: command.args[0] ?? '', ...options };
}

function asJson({ file, keys, result }: Loaded): object {
  return { file, restored: keys, ...toJson(result) };
}

function asText({ file, keys, result }: Loaded): string {
  return `${report(result)}Restored ${count(keys)} keys of ${file}\n`;
}
