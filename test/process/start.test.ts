/** Tests the system without Docker like a user: npm scripts, Ctrl-C of a terminal, and no leftovers. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { OBSERVERS, SERVICE_TABLE, SERVICES, type Service } from '../../common/services.ts';
import { findEngine } from '../../toolkit/engine.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { eventually } from '../helpers/eventually.ts';
import { nothingListens, npm, PORTS_OF_START, portsOfNodes, startLocal } from '../helpers/local.ts';
import { engine } from '../helpers/nodes.ts';

const noProc = process.platform !== 'linux' && 'needs /proc to find the process of a service';

const engines = (await Promise.all(['keydb-server', 'redis-server'].map((name) => findEngine(name)))).flatMap(
  (found) => found ?? [],
);
for (const { name, multiMaster } of engines) {
  test(`npm start on ${name}: handshakes of both observers, and no leftovers after Ctrl-C`, async (t) => {
    const ports = await portsOfNodes(t, name, PORTS_OF_START);
    const start = npm(t, 'start', '--base-port', String(ports[0]), '--engine', name);
    for (const observer of OBSERVERS) {
      await start.prints(
        new RegExp(`^writer +\\| .* writer got handshake from ${observer} for seq 1, Round trip: `, 'm'),
      );
    }
    for (const service of SERVICES) {
      const port = ports[SERVICE_TABLE[service].home - 1];
      await start.prints(new RegExp(`${service} connected to 127.0.0.1:${port}$`, 'm'));
    }
    if (!multiMaster) {
      await start.prints(
        /has no multi-master: only the primary accepts writes.* cannot show .*docker compose up/,
      );
      for (const observer of OBSERVERS)
        await start.prints(new RegExp(`${observer} sends its handshakes to 127.0.0.1:${ports[0]}$`, 'm'));
    }
    start.ctrlC();
    assert.equal(await start.exitCode(), 0, start.output());
    await start.prints(
      new RegExp(`^writer +\\| .*writer stopped: 1 writes, ${OBSERVERS.length} handshakes`, 'm'),
    );
    await start.prints(/^cluster +\| stopped$/m);
    await nothingListens(ports);
  });
}

test('npm start restarts a killed service, each time after a longer pause', {
  skip: noProc,
}, async (t) => {
  const ports = await portsOfNodes(t, engine.name);
  const args = ['--no-monitor', '--base-port', String(ports[0])];
  const start = startLocal(t, 'start', args, { WRITE_INTERVAL_MS: '200' });
  const handshakes = (from: number) => {
    const printed = start.output().slice(from);
    for (const observer of OBSERVERS)
      assert.match(
        printed,
        new RegExp(`^writer +\\| .* writer got handshake from ${observer} for seq `, 'm'),
      );
  };
  await eventually(() => handshakes(0), 60_000);
  for (const [service, pause] of [
    ['writer', '0.5'],
    ['writer', '1'],
    ['sync-observer', '0.5'],
  ] as const) {
    const [pid = 0, ...others] = await pidsOf(service, ports);
    assert.deepEqual(others, []);
    process.kill(pid, 'SIGKILL');
    const line = `^${service} +\\| ${service} ended with SIGKILL: restarting it in ${pause} s$`;
    await start.prints(new RegExp(line, 'm'));
    const since = start.output().length;
    await eventually(() => handshakes(since), 60_000);
  }
  start.ctrlC();
  assert.equal(await start.exitCode(), 0, start.output());
  assert.doesNotMatch(start.output(), /async-observer ended with|^monitor|metrics/m);
  for (const service of SERVICES) assert.deepEqual(await pidsOf(service, ports), []);
  await nothingListens(ports);
});

test('npm run cluster starts only the nodes, and leaves no leftovers after Ctrl-C during the start', async (t) => {
  const ports = await portsOfNodes(t, engine.name);
  const early = npm(t, 'cluster', '--base-port', String(ports[0]));
  await early.prints(/starting three nodes/);
  early.ctrlC();
  assert.equal(await early.exitCode(), 0, early.output());
  await nothingListens(ports);

  const cluster = startLocal(t, 'cluster', ['--base-port', String(ports[0])]);
  await cluster.prints(/ready: KEYDB_NODES=127\.0\.0\.1:\d+/);
  assert.ok(!/^writer/m.test(cluster.output()));
  cluster.ctrlC();
  assert.equal(await cluster.exitCode(), 0, cluster.output());
  await nothingListens(ports);
});

test('reports a port in use, an unknown engine, and an invalid option in one line each', async (t) => {
  const ports = await freePorts(PORTS_OF_START);
  const [base = 0] = ports;
  for (const port of [base + 1, base + 11, base + 79]) {
    const taken = createServer().listen(port, '127.0.0.1');
    t.after(() => taken.close());
  }
  const inUse = (...taken: number[]) =>
    new RegExp(`^port ${taken.join(', ')} of 127.0.0.1 is in use: stop the program that listens there`, 'm');
  const cases: [string[], RegExp][] = [
    [['--base-port', String(base)], inUse(base + 1, base + 79)],
    [['--base-port', String(base), '--no-monitor'], inUse(base + 1)],
    [['--base-port', String(base), '--controls'], inUse(base + 1, base + 11, base + 79)],
    [
      ['--controls', '--no-monitor'],
      /^--controls needs the monitor, which serves the page: omit --no-monitor/m,
    ],
    [
      ['--controls', '4'],
      /'--controls \[seconds\]' argument '4' is invalid. Expected a whole number from 5 to 3600/,
    ],
    [
      ['--base-port', String((await freePorts(PORTS_OF_START))[0]), '--engine', 'no-such-server'],
      /^there is no no-such-server on this machine: install KeyDB/m,
    ],
    [
      ['--base-port', 'x'],
      /'--base-port <port>' argument 'x' is invalid. Expected a whole number from 1 to 65400/,
    ],
  ];
  for (const [args, expected] of cases) {
    const start = startLocal(t, 'start', args);
    assert.equal(await start.exitCode(), 1);
    assert.match(start.output(), expected);
  }
});

test('an invalid setting ends the start, and the error names it', async (t) => {
  const ports = await portsOfNodes(t, engine.name, PORTS_OF_START);
  const start = startLocal(t, 'start', ['--base-port', String(ports[0])], { LOG_LEVEL: 'loud' });
  assert.equal(await start.exitCode(), 1, start.output());
  assert.match(start.output(), /LOG_LEVEL: expected one of .*, got "loud"/);
  assert.match(start.output(), new RegExp(`^(${SERVICES.join('|')}|monitor) ended with 1: see above$`, 'm'));
  await nothingListens(ports);
});

/** Returns the processes of a service that uses these nodes. */
async function pidsOf(service: Service, ports: readonly number[]): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (pid: string, file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  const isOfService = async (pid: string) =>
    (await read(pid, 'cmdline')).includes(`/dist/${service}/main.js`) &&
    (await read(pid, 'environ')).includes(`KEYDB_NODES=127.0.0.1:${ports[0]}`);
  const found = await Promise.all(pids.map(async (pid) => ((await isOfService(pid)) ? [Number(pid)] : [])));
  return found.flat();
}
