/** Tests a backup of one mesh and its restore to another mesh. */
import assert from 'node:assert/strict';
import { copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ask } from '../../lab/faults/experiments/links.ts';
import { missingOn } from '../../lab/faults/experiments/missing.ts';
import { Writes } from '../../lab/faults/experiments/writes.ts';
import { parseInfo } from '../../toolkit/node/info.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, startMesh } from '../helpers/nodes.ts';
import { insertAs } from '../helpers/test-data.ts';
import { verifyJson } from '../helpers/verifier.ts';
import { QUICK_LINKS, runTool, temporaryFolder } from './tools.ts';

/** Enough keys to contain each type several times, including large values. */
const KEYS = 2_000;

test('a backup during writes is consistent, and a restore writes it to all nodes', async (t) => {
  const [mesh, other, folder] = [
    await startMesh(t, 3, QUICK_LINKS),
    await startMesh(t, 3, QUICK_LINKS),
    await temporaryFolder(t),
  ];
  const file = join(folder, 'new/backup.rdb');
  const [node] = mesh.nodes;
  assert.ok(node);
  await insertAs(node, 'still:', KEYS, Date.now());
  const writes = new Writes(node.address, { prefix: 'moving:', pipelined: 20, waitFor: 0 });
  await eventually(() => assert.ok(writes.acknowledged.length > 1_000));
  const before = writes.acknowledged.length;
  const saved = await runTool('backup', ['--out', file, '--json'], { KEYDB_NODES: mesh.addresses });
  const after = writes.acknowledged.length + 20;
  await writes.stop();
  assert.equal(saved.code, 0, saved.stderr);
  const facts = JSON.parse(saved.stdout);
  assert.deepEqual([facts.node, facts.file, facts.checked], [node.address, file, true]);
  assert.ok(facts.keysBefore <= facts.keysAfter && facts.keysBefore >= KEYS + before);
  const { mode, size } = await stat(file);
  assert.deepEqual([mode & 0o777, size], [0o600, facts.bytes]);

  const restored = await runTool('restore', [file, '--json'], { KEYDB_NODES: other.addresses });
  assert.equal(restored.code, 0, restored.stdout + restored.stderr);
  const { restored: keys, verdict, pairs } = JSON.parse(restored.stdout);
  assert.equal(verdict, 'in-sync');
  assert.equal(pairs.length, 3);
  // Keys are written in order. A consistent snapshot contains all keys up to one of them, without a gap.
  const moving = keys - KEYS;
  assert.ok(moving >= before && moving <= after, `${moving} of ${before} to ${after}`);
  const upTo = Array.from({ length: moving }, (_, i) => writes.key(i));
  for (const one of other.nodes) {
    assert.equal(await ask(one, 'DBSIZE'), String(keys));
    assert.deepEqual(await missingOn(one, upTo), []);
  }
  const { code, json } = await verifyJson(`${mesh.addresses},${other.addresses}`, '--match', 'still:*');
  assert.equal(code, 0, JSON.stringify(json));
  assert.equal(json.pairs.length, 5);
  // With --match, SCAN may return a key twice.
  for (const { totals } of json.pairs) assert.ok(totals.common >= KEYS, JSON.stringify(totals));
});

test('a backup does not change replication', async (t) => {
  const [mesh, folder] = [await startMesh(t, 3, QUICK_LINKS), await temporaryFolder(t)];
  const [node] = mesh.nodes;
  assert.ok(node);
  const links = async () => {
    const { masters, replicas } = parseInfo(await ask(node, 'INFO', 'replication'));
    return [...masters, ...replicas.map(({ offset: _, ...link }) => link)];
  };
  const before = await links();
  assert.ok(before.length >= 2);
  const { code, stdout } = await runTool('backup', ['--node', node.address, '--out', join(folder, 'b.rdb')]);
  assert.equal(code, 0);
  assert.match(stdout, /0 keys, \d+ bytes, RDB version \d+, checksum correct/);
  await eventually(async () => assert.deepEqual(await links(), before));
  await mesh.complete();
});

test('keeps expiries and all databases', async (t) => {
  const [mesh, other, folder] = [
    await startMesh(t, 1, QUICK_LINKS),
    await startMesh(t, 1, QUICK_LINKS),
    await temporaryFolder(t),
  ];
  const file = join(folder, 'b.rdb');
  const [source, target] = await Promise.all(
    [mesh, other].map((one) => connect(t, one.nodes[0]?.options.port ?? 0, { db: 5 })),
  );
  assert.ok(source && target);
  const expiresAt = Date.now() + 3_600_000;
  await source.set('for an hour', 'x', 'PXAT', expiresAt);
  await source.set('for ever', 'y');
  await source.set('gone before it is restored', 'z', 'PX', 1);
  assert.equal((await runTool('backup', ['--node', mesh.addresses, '--out', file])).code, 0);
  assert.equal((await runTool('restore', [file, '--nodes', other.addresses])).code, 0);
  assert.deepEqual((await target.keys('*')).sort(), ['for an hour', 'for ever']);
  const left = await target.pttl('for an hour');
  assert.ok(Math.abs(Date.now() + left - expiresAt) < 5_000, `${left} ms left`);
  assert.equal(await target.pttl('for ever'), -1);
});

test('stopped nodes load the file as dump.rdb', async (t) => {
  const [mesh, other, folder] = [
    await startMesh(t, 2, QUICK_LINKS),
    await startMesh(t, 2, QUICK_LINKS),
    await temporaryFolder(t),
  ];
  const [node] = mesh.nodes;
  const file = join(folder, 'b.rdb');
  assert.ok(node);
  await insertAs(node, 'all types:', KEYS, Date.now());
  assert.equal((await runTool('backup', ['--node', node.address, '--out', file])).code, 0);
  await other.stop();
  for (const { options } of other.nodes) await copyFile(file, join(options.folder, 'dump.rdb'));
  await other.start();
  const { code, json } = await verifyJson(`${mesh.addresses},${other.addresses}`);
  assert.equal(code, 0, JSON.stringify(json));
});

test('a replica saves a backup, and only the primary of read-only replicas receives a restore', async (t) => {
  const mesh = await startMesh(t, 2, QUICK_LINKS, 'star');
  const file = join(await temporaryFolder(t), 'backup.rdb');
  const [primary, replica] = mesh.nodes;
  assert.ok(primary && replica);
  await insertAs(primary, 'key:', KEYS, Date.now());
  await eventually(async () => assert.equal(await ask(replica, 'DBSIZE'), String(KEYS)));
  const saved = await runTool('backup', ['--node', replica.address, '--out', file]);
  assert.equal(saved.code, 0, saved.stderr);

  const replicaFirst = { KEYDB_NODES: `${replica.address},${primary.address}` };
  const rejected = await runTool('restore', [file, '--force'], replicaFirst);
  assert.equal(rejected.code, 2);
  assert.match(rejected.stderr, /is a read-only replica: name its master/);
  assert.doesNotMatch(rejected.stderr, /a part of the backup/);
  for (const node of mesh.nodes) assert.equal(await ask(node, 'DBSIZE'), String(KEYS));

  const restored = await runTool('restore', [file, '--force'], { KEYDB_NODES: mesh.addresses });
  assert.equal(restored.code, 0, restored.stdout + restored.stderr);
  for (const node of mesh.nodes) assert.equal(await ask(node, 'DBSIZE'), String(KEYS));
});
