/** The faults of `npm start -- --controls`, on real nodes. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Faults } from '../../operate/local/faults.ts';
import { Links, Mesh } from '../../operate/local/index.ts';
import type { FaultAction } from '../../toolkit/control-messages.ts';
import { freePorts, isFree } from '../../toolkit/ports.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, engine, needsMultiMaster } from '../helpers/nodes.ts';

/** A fault that does not end by itself before the end of the test. */
const LONG = 3_600;
const noProc = process.platform !== 'linux' && 'needs /proc to read the state of a process';

/** Starts nodes that replicate through links that can be cut. */
async function start(t: TestContext, seconds: number, count = 2) {
  const ports = await freePorts(count);
  const links = await Links.open(ports);
  const folder = await mkdtemp(join(tmpdir(), 'faults-test-'));
  const mesh = new Mesh({ engine, ports, folder, placeOf: (port) => links.placeOf(port) });
  const said: string[] = [];
  const faults = new Faults({ mesh, links, seconds, say: (line) => said.push(line) });
  t.after(async () => {
    await faults.stop();
    await mesh.stop();
    await links.close();
    await rm(folder, { recursive: true, force: true });
  });
  await mesh.start();
  const [first, second] = mesh.nodes;
  assert.ok(first && second);
  return { mesh, faults, first, second, said, recovered: () => recovered(faults) };
}

const recovered = (faults: Faults) => eventually(() => assert.deepEqual(faults.active, []));
const stateOf = async (pid = 0) => (await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ')[2];

test('a paused node is stopped', { skip: noProc }, async (t) => {
  const { faults, first } = await start(t, LONG);
  const since = Date.now();
  await faults.cause({ action: 'pause', node: first.address });
  await eventually(async () => assert.equal(await stateOf(first.pid), 'T'));
  const [active] = faults.active;
  assert.deepEqual({ ...active, until: 0 }, { action: 'pause', node: first.address, until: 0 });
  assert.ok(active && active.until >= since + LONG * 1_000, `recovers at ${active?.until}`);
});

test('a paused node continues by itself', async (t) => {
  const { faults, first, said, recovered } = await start(t, 1);
  await faults.cause({ action: 'pause', node: first.address });
  await recovered();
  assert.equal(await (await connect(t, first.options.port)).ping(), 'PONG');
  assert.deepEqual(said, [
    `${first.address} is paused: it recovers in 1 s`,
    `${first.address} has recovered`,
  ]);
});

test('a killed node starts again by itself, with its data', async (t) => {
  const { mesh, faults, first, recovered } = await start(t, 1);
  const client = await connect(t, first.options.port);
  await client.set('before', 'kept');
  await client.save();
  const { pid } = first;
  await faults.cause({ action: 'kill', node: first.address });
  await recovered();
  assert.notEqual(first.pid, pid);
  await mesh.complete();
  assert.equal(await (await connect(t, first.options.port)).get('before'), 'kept');
});

for (const action of ['pause', 'kill'] as const satisfies FaultAction[]) {
  test(`a restart ends a ${action} early`, async (t) => {
    const { mesh, faults, first, second } = await start(t, LONG);
    const { pid } = first;
    await faults.cause({ action, node: first.address });
    assert.equal(await isFree(first.options.port), action === 'kill');
    await assert.rejects(faults.cause({ action: 'kill', node: first.address }), {
      message: new RegExp(`^${first.address} is (paused|killed) already: wait until it recovers$`),
    });
    await faults.cause({ action: 'restart', node: first.address });
    assert.deepEqual(faults.active, []);
    assert.notEqual(first.pid, pid);
    await mesh.complete();
    await faults.cause({ action: 'restart', node: second.address });
    await mesh.complete();
  });
}

test('a cut link transfers no writes', async (t) => {
  const { faults, first, second } = await start(t, LONG);
  const cut = { action: 'cut', node: first.address, peer: second.address } as const;
  await faults.cause(cut);
  assert.deepEqual(
    faults.active.map(({ action, node, peer }) => ({ action, node, peer })),
    [cut],
  );
  await (await connect(t, first.options.port)).set('during', 'the cut');
  assert.equal(await (await connect(t, second.options.port)).get('during'), null);
  const reverse = faults.cause({ action: 'cut', node: second.address, peer: first.address });
  await assert.rejects(reverse, /^Error: the link between .* and .* is cut already: wait until it recovers$/);
});

test('a cut link recovers by itself', async (t) => {
  const { mesh, faults, first, second, recovered } = await start(t, 1);
  await faults.cause({ action: 'cut', node: first.address, peer: second.address });
  await recovered();
  await mesh.complete();
  await (await connect(t, first.options.port)).set('after', 'the cut');
  const other = await connect(t, second.options.port);
  await eventually(async () => assert.equal(await other.get('after'), 'the cut'));
});

test('two nodes of three without a link still get all writes, through the third one', {
  skip: needsMultiMaster,
}, async (t) => {
  const { faults, first, second } = await start(t, LONG, 3);
  await faults.cause({ action: 'cut', node: first.address, peer: second.address });
  await (await connect(t, first.options.port)).set('detour', 'arrived');
  const other = await connect(t, second.options.port);
  await eventually(async () => assert.equal(await other.get('detour'), 'arrived'));
});

test('rejects a fault on an unknown node, and the cut of a missing link', async (t) => {
  const { mesh, faults, first, second } = await start(t, LONG);
  const unknown = `expected one of the nodes ${mesh.addresses}, got `;
  await assert.rejects(faults.cause({ action: 'kill', node: '127.0.0.1:1' }), {
    message: `${unknown}"127.0.0.1:1"`,
  });
  await assert.rejects(faults.cause({ action: 'cut', node: first.address }), { message: `${unknown}""` });
  await assert.rejects(faults.cause({ action: 'cut', node: second.address, peer: second.address }), {
    message: `expected two nodes with a link, got ${second.address} and ${second.address}`,
  });
  assert.deepEqual(faults.active, []);
});

test('after the stop, no fault begins, and no node starts', async (t) => {
  const { faults, first } = await start(t, 1);
  await faults.cause({ action: 'kill', node: first.address });
  await faults.stop();
  await assert.rejects(faults.cause({ action: 'restart', node: first.address }), /npm start is stopping/);
  assert.ok(await isFree(first.options.port));
});
