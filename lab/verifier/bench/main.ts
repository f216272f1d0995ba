/** npm run bench:verify: measures the verifier on local nodes, against a comparison of one key at a time. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Mesh } from '../../../operate/local/index.ts';
import { provideEngine } from '../../../toolkit/engine.ts';
import { Connection } from '../../../toolkit/node/connection.ts';
import { Interrupted } from '../../../toolkit/node/errors.ts';
import { closeNodes, openNodes, readInfo } from '../../../toolkit/node/nodes.ts';
import { ReplicationWatch } from '../../../toolkit/node/replication.ts';
import { jsonOption, parse, toolCommand, wholeNumber } from '../../../toolkit/options.ts';
import { freePorts } from '../../../toolkit/ports.ts';
import { count } from '../../../toolkit/progress.ts';
import { EXIT, interrupted, print, runTool, type ToolRun } from '../../../toolkit/run-tool.ts';
import { insertTestData } from '../insert/insert.ts';
import type { Measured } from './child.ts';

/** Rare, because a key with 600 elements costs the servers as much as a hundred other keys. */
const LARGE_EVERY = 10_000;
const REPLICATION_DEADLINE_MS = 600_000;
const TIMEOUT_MS = 60_000;

interface Options {
  keys: number;
  sample: number;
  rounds: number;
  json: boolean;
}

await runTool(async (tool) => {
  const options = readOptions();
  const engine = await provideEngine(process.env.ENGINE, (line) => tool.progress.say(line));
  const folder = await mkdtemp(join(tmpdir(), 'bench-verify-'));
  tool.cleanups.push(() => rm(folder, { recursive: true, force: true }));
  // Disables snapshots, because a fork during a round would distort the figures.
  // Without a memory limit, because --keys may exceed that of keydb.conf.
  const extra = { save: '', maxmemory: '0' };
  const mesh = new Mesh({ engine, ports: await freePorts(3), folder, extra });
  tool.cleanups.push(() => mesh.stop());
  const work = measureAll(mesh, options, tool);
  if (await interrupted(work, tool.signal)) throw new Interrupted();
  const rounds = await work;
  print(
    options.json
      ? `${JSON.stringify({ engine: engine.name, keys: options.keys, rounds })}\n`
      : asText(engine.name, options, rounds),
  );
  return EXIT.holds;
});

function readOptions(): Options {
  const command = toolCommand(
    'npm run bench:verify',
    'Fills three local nodes, and measures the verifier and a comparison of one key at a time in turn.',
    { 0: 'measured', 2: 'not measured' },
  )
    .option('--keys <n>', 'number of test keys', wholeNumber(1, 100_000_000), 1_000_000)
    .option('--sample <n>', 'number of keys for the slow comparison', wholeNumber(1, 100_000_000), 5_000)
    .option('--rounds <n>', 'how often each tool is measured', wholeNumber(1, 100), 5)
    .addOption(jsonOption);
  return parse<Options>(command);
}

async function measureAll(mesh: Mesh, { keys, sample, rounds }: Options, tool: ToolRun): Promise<Round[]> {
  await mesh.start();
  await fill(mesh, keys, tool);
  const done: Round[] = [];
  for (let i = 1; i <= rounds; i++) {
    const verifier = await measure('verifier', mesh, keys, tool.signal);
    const baseline = await measure('baseline', mesh, sample, tool.signal);
    tool.progress.say(
      `round ${i}: verifier ${count(verifier.perSecond)} keys/s, one at a time ${count(baseline.perSecond)} keys/s`,
    );
    done.push({ verifier, baseline });
  }
  return done;
}

async function fill(mesh: Mesh, keys: number, { signal, progress }: ToolRun): Promise<void> {
  const addresses = mesh.nodes.map((node) => ({
    host: '127.0.0.1',
    port: node.options.port,
    name: node.address,
  }));
  const nodes = await openNodes(addresses, { timeoutMs: TIMEOUT_MS, signal });
  const data = { prefix: 'bench:', keys, now: Date.now(), largeEvery: LARGE_EVERY };
  await insertTestData(nodes.source.connection, data, progress);
  progress.start('waiting for replication');
  await new ReplicationWatch(nodes.all, REPLICATION_DEADLINE_MS, signal).caughtUp();
  closeNodes(nodes.all);
}

interface Round {
  verifier: Measurement;
  baseline: Measurement;
}

interface Measurement extends Measured {
  /** CPU time of all servers during the run, in seconds. */
  serverCpu: number;
}

/** Measures in a separate process, to get its own memory and CPU time. */
async function measure(
  what: 'verifier' | 'baseline',
  mesh: Mesh,
  keys: number,
  signal: AbortSignal,
): Promise<Measurement> {
  const before = await serverCpu(mesh, signal);
  const entry = fileURLToPath(new URL('./child.js', import.meta.url));
  const child = fork(entry, [what, mesh.addresses, `${keys}`], { signal });
  const [measured] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) =>
      Promise.reject(new Error(`the ${what} ended with exit code ${code}`)),
    ),
  ])) as [Measured];
  await once(child, 'exit');
  return { ...measured, serverCpu: (await serverCpu(mesh, signal)) - before };
}

async function serverCpu({ nodes }: Mesh, signal: AbortSignal): Promise<number> {
  const seconds = nodes.map(async ({ options: { port }, address: name }) => {
    const connection = await Connection.open({ host: '127.0.0.1', port, name }, { signal });
    const { cpuSeconds } = await readInfo(connection, 'cpu');
    connection.close();
    return cpuSeconds;
  });
  return (await Promise.all(seconds)).reduce((sum, one) => sum + one, 0);
}

function asText(engine: string, { keys, sample }: Options, rounds: readonly Round[]): string {
  const verifier = rounds.map((round) => round.verifier);
  const rates = spread(verifier.map((one) => one.perSecond));
  const slow = spread(rounds.map((round) => round.baseline.perSecond));
  const cpu = (pick: (one: Measurement) => number) =>
    spread(verifier.map((one) => (100 * pick(one)) / one.seconds));
  const memory = Math.max(...verifier.map((one) => one.peakMegabytes));
  return [
    `${count(keys)} mixed keys on three ${engine} nodes, ${cpus().length} cores (${cpus()[0]?.model}), Node ${process.versions.node}`,
    `median (lowest to highest) of ${rounds.length} rounds, both measured in turn`,
    `verifier               ${show(rates)} keys/s, all nodes compared`,
    `one key at a time      ${show(slow)} keys/s, ${count(sample)} keys`,
    `ratio of the medians   ${(rates.median / slow.median).toFixed(0)}`,
    `peak memory            ${memory.toFixed(0)} MB`,
    `CPU time               servers ${show(cpu((one) => one.serverCpu))} %, verifier ${show(cpu((one) => one.cpu))} % of one core`,
    '',
  ].join('\n');
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
