/** Tests the system without Docker like a user: npm scripts, Ctrl-C of a terminal, and no leftovers. */
import assert from 'node:assert/strict';
import { readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { execa } from 'execa';
import { OBSERVERS, SERVICES, type Service } from '../../common/services.ts';
import { findEngine } from '../../toolkit/engine.ts';
import { freePorts, isFree } from '../../toolkit/ports.ts';
import { root } from '../../toolkit/root.ts';
import { eventually } from '../helpers/eventually.ts';
import { engine } from '../helpers/nodes.ts';

const noProc = process.platform !== 'linux' && 'needs /proc to find the process of a service';

/** Runs `npm run <script>` in a separate process group, like a terminal. */
function npm(t: TestContext, script: string, args: string[], env: Record<string, string> = {}) {
  const started = execa('npm', ['run', script, '--', ...args], {
    cwd: root,
    env,
    detached: true,
    all: true,
    reject: false,
    buffer: false,
  });
  let output = '';
  started.all.on('data', (data) => {
    output += String(data);
  });
  const group = -(started.pid ?? 0);
  t.after(async () => {
    if (started.exitCode === null) process.kill(group, 'SIGKILL');
    await started;
  });
  return {
    output: () => output,
    /** Waits until the output matches. */
    says: (pattern: RegExp) => eventually(() => assert.match(output, pattern), 60_000),
    /** Sends a signal to the whole group, like a terminal on Ctrl-C. */
    ctrlC: () => process.kill(group, 'SIGINT'),
    exitCode: async () => (await started).exitCode,
  };
}

/** Returns the first of three consecutive free ports. */
async function basePort(): Promise<number> {
  return eventually(async () => {
    const [base = 0] = await freePorts(1);
    const ports = [base, base + 1, base + 2];
    assert.ok(base < 60_000 && (await Promise.all(ports.map(isFree))).every(Boolean));
    return base;
  });
}

async function nothingListens(base: number): Promise<void> {
  assert.deepEqual(await Promise.all([base, base + 1, base + 2].map(isFree)), [true, true, true]);
}

const engines = (await Promise.all(['keydb-server', 'redis-server'].map((name) => findEngine(name)))).flatMap(
  (found) => found ?? [],
);
for (const { name, multiMaster } of engines) {
  test(`npm start on ${name}: handshakes of both observers, and no leftovers after Ctrl-C`, async (t) => {
    const base = await basePort();
    t.after(() => forget(name, base));
    const start = npm(t, 'start', ['--base-port', String(base), '--engine', name]);
    for (const observer of OBSERVERS) {
      await start.says(
        new RegExp(`^writer +\\| .* writer got handshake from ${observer} for seq 1, Round trip: `, 'm'),
      );
    }
    if (!multiMaster) await start.says(/has no multi-master, so all services use the primary/);
    start.ctrlC();
    assert.equal(await start.exitCode(), 0, start.output());
    await start.says(
      new RegExp(`^writer +\\| .*writer stopped: 1 writes, ${OBSERVERS.length} handshakes`, 'm'),
    );
    await start.says(/^cluster +\| stopped$/m);
    await nothingListens(base);
  });
}

test('npm start restarts a killed service, each time after a longer pause', {
  skip: noProc,
}, async (t) => {
  const base = await basePort();
  t.after(() => forget(engine.name, base));
  const start = npm(t, 'start', ['--base-port', String(base)], { WRITE_INTERVAL_MS: '200' });
  const handshakes = (from: number) => {
    const said = start.output().slice(from);
    for (const observer of OBSERVERS)
      assert.match(said, new RegExp(`^writer +\\| .* writer got handshake from ${observer} for seq `, 'm'));
  };
  await eventually(() => handshakes(0), 60_000);
  for (const [service, pause] of [
    ['writer', '0.5'],
    ['writer', '1'],
    ['sync-observer', '0.5'],
  ] as const) {
    const [pid = 0, ...others] = await pidsOf(service, base);
    assert.deepEqual(others, []);
    process.kill(pid, 'SIGKILL');
    const line = `^${service} +\\| ${service} ended with SIGKILL: restarting it in ${pause} s$`;
    await start.says(new RegExp(line, 'm'));
    const since = start.output().length;
    await eventually(() => handshakes(since), 60_000);
  }
  start.ctrlC();
  assert.equal(await start.exitCode(), 0, start.output());
  assert.doesNotMatch(start.output(), /async-observer ended with/);
  for (const service of SERVICES) assert.deepEqual(await pidsOf(service, base), []);
  await nothingListens(base);
});

test('npm run cluster starts only the nodes, and leaves no leftovers after Ctrl-C during the start', async (t) => {
  const base = await basePort();
  t.after(() => forget(engine.name, base));
  const early = npm(t, 'cluster', ['--base-port', String(base)]);
  await early.says(/starting three nodes/);
  early.ctrlC();
  assert.equal(await early.exitCode(), 0, early.output());
  await nothingListens(base);

  const cluster = npm(t, 'cluster', ['--base-port', String(base)]);
  await cluster.says(/ready: KEYDB_NODES=127\.0\.0\.1:\d+/);
  assert.ok(!/^writer/m.test(cluster.output()));
  cluster.ctrlC();
  assert.equal(await cluster.exitCode(), 0, cluster.output());
  await nothingListens(base);
});

test('reports a port in use, an unknown engine, and an invalid option in one line each', async (t) => {
  const base = await basePort();
  const taken = createServer().listen(base + 1, '127.0.0.1');
  t.after(() => taken.close());
  const cases: [string[], RegExp][] = [
    [
      ['--base-port', String(base)],
      new RegExp(`^port ${base + 1} of 127.0.0.1 is taken: stop what listens there`, 'm'),
    ],
    [
      ['--base-port', String(await basePort()), '--engine', 'no-such-server'],
      /^there is no no-such-server on this machine: install KeyDB/m,
    ],
    [['--base-port', 'x'], /'--base-port <port>' argument 'x' is invalid. Expected a port from 1 to 65533/],
  ];
  for (const [args, expected] of cases) {
    const start = npm(t, 'start', args);
    assert.equal(await start.exitCode(), 1);
    assert.match(start.output(), expected);
  }
});

test('an invalid setting ends the start, and the error names it', async (t) => {
  const base = await basePort();
  t.after(() => forget(engine.name, base));
  const started = execa('npm', ['start', '--', '--base-port', String(base)], {
    cwd: root,
    reject: false,
    all: true,
    env: { LOG_LEVEL: 'loud' },
  });
  const { exitCode, all } = await started;
  assert.equal(exitCode, 1, all);
  assert.match(all, /LOG_LEVEL: expected one of .*, got "loud"/);
  assert.match(all, new RegExp(`^(${SERVICES.join('|')}) ended with 1: see above$`, 'm'));
  await nothingListens(base);
});

/** Returns the processes of a service that uses the nodes from this port on. */
async function pidsOf(service: Service, base: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (pid: string, file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  const isOfService = async (pid: string) =>
    (await read(pid, 'cmdline')).includes(`/dist/${service}/main.js`) &&
    (await read(pid, 'environ')).includes(`KEYDB_NODES=127.0.0.1:${base}`);
  const found = await Promise.all(pids.map(async (pid) => ((await isOfService(pid)) ? [Number(pid)] : [])));
  return found.flat();
}

/** Removes the snapshots of a test's nodes from the project's data folder. */
async function forget(name: string, base: number): Promise<void> {
  for (const port of [base, base + 1, base + 2]) {
    await rm(join(root, 'data', name, `node-${port}`), { recursive: true, force: true });
  }
}
