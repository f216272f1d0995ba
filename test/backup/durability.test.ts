/** Tests the data of nodes that were killed during writes and restarted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, flowing, snapshot, writable } from '../../lab/faults/experiments/links.ts';
import { missingOn } from '../../lab/faults/experiments/missing.ts';
import { Writes } from '../../lab/faults/experiments/writes.ts';
import { eventually } from '../helpers/eventually.ts';
import { startMesh } from '../helpers/nodes.ts';
import { verifyJson } from '../helpers/verifier.ts';
import { QUICK_LINKS } from './tools.ts';

const ENOUGH = 500;

test('a killed and restarted node loses only its own writes that are neither replicated nor persisted', async (t) => {
  const mesh = await startMesh(t, 3, QUICK_LINKS);
  await flowing(mesh);
  const loads = writable(mesh).map(
    (node) => new Writes(node.address, { prefix: `${node.options.port}:`, pipelined: 20, waitFor: 0 }),
  );
  const [killed, ...others] = [...mesh.nodes].reverse();
  assert.ok(killed);
  const all = () => loads.every((load) => load.acknowledged.length >= ENOUGH);
  await eventually(() => assert.ok(all()));
  const saved = loads.map((load) => load.keys());
  await snapshot(killed);
  await killed.kill();
  const atKill = loads.map((load) => load.acknowledged.length);
  const running = loads.filter((_, i) => writable(mesh)[i] !== killed);
  await eventually(() => {
    for (const load of running)
      assert.ok(load.acknowledged.length >= (atKill[loads.indexOf(load)] ?? 0) + ENOUGH);
  });
  await killed.start();
  await Promise.all(running.map((load) => load.stop()));
  await mesh.complete();
  await flowing(mesh);
  for (const node of [killed, ...others]) {
    for (const load of running) assert.deepEqual(await missingOn(node, load.keys()), []);
    // Writes that the killed node acknowledged itself before its snapshot.
    for (const keys of saved) assert.deepEqual(await missingOn(node, keys), []);
  }
  const { code, json } = await verifyJson(mesh.addresses);
  assert.equal(code, 0, JSON.stringify(json));
});

test('a kill of all nodes during writes loses no persisted write', async (t) => {
  const mesh = await startMesh(t, 3, QUICK_LINKS);
  await flowing(mesh);
  const loads = writable(mesh).map((node) => ({
    node,
    counter: `counter:${node.options.port}`,
    writes: new Writes(node.address, { prefix: `${node.options.port}:`, pipelined: 20, waitFor: 0 }),
  }));
  await eventually(() => assert.ok(loads.every(({ writes }) => writes.acknowledged.length >= ENOUGH)));
  for (const { node, counter } of loads) await ask(node, 'INCRBY', counter, '7');
  const saved = loads.map(({ writes }) => writes.keys());
  await Promise.all(loads.map(({ node }) => snapshot(node)));
  await Promise.all(mesh.nodes.map((node) => node.kill()));
  await Promise.all(loads.map(({ writes }) => writes.ended));
  await Promise.all(mesh.nodes.map((node) => node.start()));
  await mesh.complete();
  await flowing(mesh);
  for (const node of mesh.nodes) {
    for (const keys of saved) assert.deepEqual(await missingOn(node, keys), []);
    for (const { counter } of loads) assert.equal(await ask(node, 'GET', counter), '7');
  }
  const { code, json } = await verifyJson(mesh.addresses);
  assert.equal(code, 0, JSON.stringify(json));
});
