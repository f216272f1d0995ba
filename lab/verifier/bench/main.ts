/** npm run bench:verify: measures the verifier on local nodes, against a comparison of one key at a time. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { exitWhenWritten } from '../../../common/exit.ts';
import { Mesh } from '../../../operate/local/index.ts';
import { provideEngine } from '../../../toolkit/engine.ts';
import { Connection } from '../../../toolkit/node/connection.ts';
import { closeNodes, openNodes } from '../../../toolkit/node/nodes.ts';
import { ReplicationWatch } from '../../../toolkit/node/replication.ts';
import { freePorts } from '../../../toolkit/ports.ts';
import { count, Progress } from '../../../toolkit/progress.ts';
import { insertTestData } from '../insert/insert.ts';
import { wholeNumber } from '../options.ts';
import type { Measured } from './child.ts';

/** Rare, because a key with 600 elements costs the servers as much as a hundred other keys. */
const LARGE_EVERY = 10_000;
const REPLICATION_DEADLINE_MS = 600_000;
const TIMEOUT_MS = 60_000;

const options = new Command('bench:verify')
  .description(
    'Fills three local nodes, and measures the verifier and a comparison of one key at a time in turn.',
  )
  .option('--keys <n>', 'mixed keys', wholeNumber(1, 100_000_000), 1_000_000)
  .option('--sample <n>', 'keys for the slow comparison', wholeNumber(1, 100_000_000), 5_000)
  .option('--rounds <n>', 'measurements of each tool', wholeNumber(1, 100), 5)
  .option('--json', 'print the result as JSON', false)
  .allowExcessArguments(false)
  .parse()
  .opts<{ keys: number; sample: number; rounds: number; json: boolean }>();

const say = (line: string) => process.stderr.write(`${line}\n`);
const engine = await provideEngine(process.env.ENGINE, say);
const folder = await mkdtemp(join(tmpdir(), 'bench-verify-'));
// Disables snapshots, because a fork during a round would distort the figures.
const mesh = new Mesh({ engine, ports: await freePorts(3), folder, extra: { save: '' } });
const leave = async () => {
  await mesh.stop();
  await rm(folder, { recursive: true, force: true });
};
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void leave().then(() => exitWhenWritten(2)));

try {
  await mesh.start();
  await fill();
  const rounds = [];
  for (let i = 1; i <= options.rounds; i++) {
    const verifier = await measure('verifier', options.keys);
    const baseline = await measure('baseline', options.sample);
    say(
      `round ${i}: verifier ${count(verifier.perSecond)} keys/s, one at a time ${count(baseline.perSecond)} keys/s`,
    );
    rounds.push({ verifier, baseline });
  }
  print(rounds);
} finally {
  await leave();
}

async function fill(): Promise<void> {
  const signal = new AbortController().signal;
  const addresses = mesh.nodes.map((node) => ({
    host: '127.0.0.1',
    port: node.options.port,
    name: node.address,
  }));
  const nodes = await openNodes(addresses, { timeoutMs: TIMEOUT_MS, signal });
  const progress = new Progress(process.stderr);
  const data = { prefix: 'bench:', keys: options.keys, now: Date.now(), largeEvery: LARGE_EVERY };
  await insertTestData(nodes.source.connection, data, progress);
  progress.start('waiting for replication');
  await new ReplicationWatch(nodes.all, REPLICATION_DEADLINE_MS, signal).caughtUp();
  progress.clear();
  closeNodes(nodes.all);
}

interface Round extends Measured {
  /** CPU time of all servers during the run, in seconds. */
  serverCpu: number;
}

/** Measures in a separate process, to get its own memory and CPU time. */
async function measure(what: 'verifier' | 'baseline', keys: number): Promise<Round> {
  const before = await serverCpu();
  const child = fork(fileURLToPath(new URL('./child.js', import.meta.url)), [
    what,
    mesh.addresses,
    `${keys}`,
  ]);
  const [measured] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) =>
      Promise.reject(new Error(`the ${what} ended with exit code ${code}`)),
    ),
  ])) as [Measured];
  await once(child, 'exit');
  return { ...measured, serverCpu: (await serverCpu()) - before };
}

async function serverCpu(): Promise<number> {
  const seconds = mesh.nodes.map(async ({ options: { port }, address: name }) => {
    const signal = new AbortController().signal;
    const connection = await Connection.open(
      { host: '127.0.0.1', port, name },
      { timeoutMs: TIMEOUT_MS, signal },
    );
    const info = String(await connection.call(['INFO', 'cpu']));
    connection.close();
    return ['used_cpu_user', 'used_cpu_sys'].reduce(
      (sum, field) => sum + Number(new RegExp(`^${field}:(.*)$`, 'm').exec(info)?.[1]),
      0,
    );
  });
  return (await Promise.all(seconds)).reduce((sum, one) => sum + one, 0);
}

function print(rounds: readonly { verifier: Round; baseline: Round }[]): void {
  const verifier = rounds.map((round) => round.verifier);
  const rates = spread(verifier.map((one) => one.perSecond));
  const slow = spread(rounds.map((round) => round.baseline.perSecond));
  const cpu = (pick: (one: Round) => number) =>
    spread(verifier.map((one) => (100 * pick(one)) / one.seconds));
  const memory = Math.max(...verifier.map((one) => one.peakMegabytes));
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ engine: engine.name, keys: options.keys, rounds })}\n`);
    return;
  }
  process.stdout.write(
    [
      `${count(options.keys)} mixed keys on three ${engine.name} nodes, ${cpus().length} cores (${cpus()[0]?.model}), Node ${process.versions.node}`,
      `median (lowest to highest) of ${rounds.length} rounds, both measured in turn`,
      `verifier               ${show(rates)} keys/s, all nodes compared`,
      `one key at a time      ${show(slow)} keys/s, ${count(options.sample)} keys`,
      `ratio of the medians   ${(rates.median / slow.median).toFixed(0)}`,
      `peak memory            ${memory.toFixed(0)} MB`,
      `CPU time               servers ${show(cpu((one) => one.serverCpu))} %, verifier ${show(cpu((one) => one.cpu))} % of one core`,
      '',
    ].join('\n'),
  );
}

function spread(values: readonly number[]): { median: number; low: number; high: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (i: number) => sorted[i] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    low: at(0),
    high: at(sorted.length - 1),
  };
}

function show({ median, low, high }: { median: number; low: number; high: number }): string {
  return `${count(median)} (${count(low)} to ${count(high)})`;
}
