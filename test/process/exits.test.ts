/** Tests how a service ends after a defect in its code or a hung stop. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { SERVICES } from '../../common/services.ts';
import { root } from '../../toolkit/root.ts';
import { startEntry } from '../helpers/entry.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, startMesh } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';

const PLANTED = pathToFileURL(join(root, 'dist/test/process/fixtures/planted-defect.js')).href;
const VALUE = 'Writer seq 1 micros 1725543675000000 timestamp 1725543675';

const DEFECTS = [
  ...SERVICES.map((service) => ({ service, where: 'step' })),
  // The planted defect is in a comparison of bytes, which the writer's listeners do not use.
  { service: 'sync-observer', where: 'listener' },
  { service: 'async-observer', where: 'listener' },
] as const;

for (const { service, where } of DEFECTS) {
  test(`${service}: a defect in a ${where} logs a fatal error with its stack, exits with 1, and does not count as a lost node`, async (t) => {
    const mesh = await startMesh(t, 1);
    const node = await connect(t, mesh.nodes[0]?.options.port ?? 0);
    const running = new RunningService(t, service, {
      KEYDB_NODES: mesh.addresses,
      NODE_OPTIONS: `--import ${PLANTED}`,
      PLANTED: where,
    });
    let ended = false;
    const exit = running.exit().finally(() => {
      ended = true;
    });
    await eventually(async () => {
      await node.set('shared_key', VALUE);
      assert.ok(ended);
    });
    assert.equal(await exit, 1);
    const [{ level, msg } = {}] = running.events.like({ event: 'fatal' });
    assert.equal(level, 60);
    assert.match(
      String(msg),
      new RegExp(`^${service} exits, because it cannot continue: TypeError: planted\\n +at `),
    );
    assert.deepEqual(running.events.like({ event: 'lost' }), []);
  });
}

test('a hung stop exits with 1 at its deadline, and logs the reason', async () => {
  const { hung } = await startHungStop('300');
  hung.kill('SIGTERM');
  const { exitCode, stdout } = await hung;
  assert.equal(exitCode, 1);
  assert.match(stdout, /not stopped within 300 ms, giving up/);
});

test('a second signal exits with 1 at once; two signals of one Ctrl-C count as one', async () => {
  const { hung } = await startHungStop('600000');
  const again = setInterval(() => hung.kill('SIGINT'), 50);
  const { exitCode, stdout } = await hung;
  clearInterval(again);
  assert.equal(exitCode, 1);
  assert.doesNotMatch(stdout, /giving up/);
});

async function startHungStop(deadlineMs: string) {
  const hung = startEntry('test/process/fixtures/hung-stop', [deadlineMs]);
  await once(createInterface({ input: hung.stdout }), 'line');
  // Wrapped in an object: the process is also a promise of its end, which an async function would await.
  return { hung };
}
