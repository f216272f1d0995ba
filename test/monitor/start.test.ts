/** The monitor that `npm start` starts, with and without TLS. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { nothingListens, PORTS_OF_START, portsOfNodes, startLocal } from '../helpers/local.ts';
import { engine } from '../helpers/nodes.ts';
import { Metrics, pairsOf } from './running-monitor.ts';

for (const secure of [false, true]) {
  test(`npm start${secure ? ' -- --secure' : ''} serves the metrics of all processes`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'monitor-test-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const ports = await portsOfNodes(t, engine.name, PORTS_OF_START);
    const [base = 0] = ports;
    const args = ['--base-port', `${base}`, '--engine', engine.name];
    if (secure) args.push('--secure', '--secrets', join(folder, 'secrets'));
    const start = startLocal(t, 'start', args, { WRITE_INTERVAL_MS: '300', NODE_TIMEOUT_MS: '20000' });
    const port = {
      monitor: base + 79,
      writer: base + 90,
      'sync-observer': base + 91,
      'async-observer': base + 92,
    };
    for (const [name, own] of Object.entries(port))
      await start.prints(new RegExp(`^${name} +\\| serves http://127.0.0.1:${own}/metrics$`, 'm'));
    await start.prints(new RegExp(`^monitor +\\| Live page: http://127.0.0.1:${port.monitor}$`, 'm'));

    const names = [base, base + 1, base + 2].map((node) => `127.0.0.1:${node}`);
    const monitor = new Metrics(port.monitor);
    await eventually(async () => assert.equal((await monitor.get('/readyz')).status, 200));
    for (const node of names) await monitor.has('keydb_up', { node }, 1);
    const directions = pairsOf(names).filter(([from]) => engine.multiMaster || from === names[0]);
    await Promise.all(directions.map(([from, to]) => monitor.receives(from, to)));
    assert.equal((await monitor.samples('mesh_canary_lost_total')).length, directions.length);
    for (const own of [port.writer, port['sync-observer'], port['async-observer']])
      await eventually(async () =>
        assert.equal(
          (await new Metrics(own).samples('mesh_connected')).filter(({ value }) => value === 1).length,
          1,
        ),
      );

    start.ctrlC();
    assert.equal(await start.exitCode(), 0, start.output());
    await start.prints(/^monitor +\| .*monitor stopped$/m);
    assert.ok(!/WARN/.test(start.output()), start.output());
    await nothingListens(ports);
  });
}
