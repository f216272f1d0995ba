/** npm run backup */
import { join } from 'node:path';
import { UsageError } from '../../toolkit/node/errors.ts';
import { addressesOf, fileTime, jsonOption, outOption, parse, toolCommand } from '../../toolkit/options.ts';
import { count } from '../../toolkit/progress.ts';
import { EXIT, print, runTool } from '../../toolkit/run-tool.ts';
import { type Saved, saveSnapshot } from './save.ts';

interface Options {
  node?: string;
  out?: string;
  json: boolean;
}

await runTool(async ({ signal, progress }) => {
  const { node, out = defaultFile(), json } = readCommandLine();
  const [address] = addressesOf(node, '--node');
  if (!address) throw new UsageError('--node: expected host:port');
  const saved = await saveSnapshot(address, out, progress, signal);
  print(json ? `${JSON.stringify(saved)}\n` : asText(saved));
  return EXIT.holds;
});

function readCommandLine(): Options {
  const command = toolCommand(
    'npm run backup',
    'Saves a snapshot of one node to a file, while the nodes continue to serve clients.',
    { 0: 'saved and checked', 2: 'not saved' },
    `User, password, and TLS come from the settings of the services (KEYDB_*). An ACL user needs +psync, +replconf,
and +info. During the snapshot, the node needs memory for concurrent writes.`,
  )
    .option('--node <host:port>', 'node that saves the snapshot (default: the first of KEYDB_NODES)')
    .addOption(outOption('file', 'the snapshot (default: backups/<date and time>.rdb)'))
    .addOption(jsonOption);
  return parse<Options>(command);
}

function defaultFile(): string {
  return join('backups', `${fileTime(new Date())}.rdb`);
}

function asText({ node, file, keysBefore, keysAfter, bytes, version, checked, millis }: Saved): string {
  const keys =
    keysBefore === keysAfter
      ? `${count(keysBefore)} keys`
      : `${count(keysBefore)} keys before and ${count(keysAfter)} after the snapshot`;
  const sum = checked ? 'checksum correct' : 'no checksum: the node computes none';
  return `Saved ${node} to ${file}\n  ${keys}, ${count(bytes)} bytes, RDB version ${version}, ${sum}, ${(millis / 1000).toFixed(1)} s\n`;
}
