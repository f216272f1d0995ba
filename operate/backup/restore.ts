/** npm run restore */
import { Command } from 'commander';
import { addressesOf, EXIT_CODES, overallVerdict, parse, report, toJson } from '../../lab/verifier/index.ts';
import { count, Progress } from '../../toolkit/progress.ts';
import { print, runTool } from '../../toolkit/run-tool.ts';
import { checkFile, type Loaded, load } from './load.ts';

interface Options {
  file: string;
  nodes?: string;
  engine?: string;
  force: boolean;
  json: boolean;
}

await runTool(async (signal) => {
  const { file, nodes, json, ...options } = readCommandLine();
  const addresses = addressesOf(nodes, process.env);
  const progress = new Progress(process.stderr);
  progress.start(`checking ${file}`);
  try {
    await checkFile(file, signal);
    const loaded = await load(file, addresses, options, progress, signal);
    progress.clear();
    print(json ? `${JSON.stringify(asJson(loaded))}\n` : asText(loaded));
    return EXIT_CODES[overallVerdict(loaded.result.pairs)];
  } finally {
    progress.clear();
  }
});

function readCommandLine(): Options {
  const command = new Command('npm run restore --')
    .description('Restores a backup to the running nodes, and compares their data with it.')
    .argument('<file>', 'file created by npm run backup, or any other snapshot (RDB)')
    .option('--force', 'first remove all keys of all databases from all nodes', false)
    .option(
      '--nodes <list>',
      'host:port, comma separated; the first receives the writes (default: KEYDB_NODES)',
    )
    .option(
      '--engine <program>',
      'keydb-server, valkey-server, or redis-server, to read the file (default: the first that can)',
    )
    .option('--json', "print the verifier's result as JSON", false)
    .allowExcessArguments(false)
    .addHelpText(
      'after',
      `
Stop all writers first: a concurrent write may be overwritten or reported as a difference.
Keys that have expired since the backup are not restored.
Exit code: 0 restored and in sync on all nodes, 1 different, 2 not restored or unknown.`,
    );
  const options = parse<Omit<Options, 'file'>>(command, process.argv);
  return { file: command.args[0] ?? '', ...options };
}

function asJson({ file, keys, result }: Loaded): object {
  return { file, restored: keys, ...toJson(result) };
}

function asText({ file, keys, result }: Loaded): string {
  return `${report(result)}Restored ${count(keys)} keys of ${file}\n`;
}
