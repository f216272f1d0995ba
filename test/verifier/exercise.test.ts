/** The complete exercise, insertion, and repair, on linked nodes. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Mesh } from '../../operate/local/mesh.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, needsMultiMaster, startMesh } from '../helpers/nodes.ts';
import { insertAs } from '../helpers/test-data.ts';
import {
  addressesOf,
  type Json,
  runTool,
  startSeparate,
  startTool,
  verifyJson,
} from '../helpers/verifier.ts';

async function clientsOf(t: TestContext, mesh: Mesh) {
  return Promise.all(mesh.nodes.map((node) => connect(t, node.options.port)));
}

test('exercise runs its steps and leaves no keys', async (t) => {
  const mesh = await startMesh(t, 3);
  const clients = await clientsOf(t, mesh);
  await clients[0]?.set('not ours', 'v');
  const { code, stdout, stderr } = await runTool('exercise', [
    '--nodes',
    mesh.addresses,
    '--keys',
    '3000',
    '--json',
  ]);
  assert.equal(code, 0, stderr);
  const { verdict, initial, inserted, final } = JSON.parse(stdout) as {
    verdict: string;
    initial: Json;
    inserted: number;
    final: Json;
  };
  assert.deepEqual([verdict, inserted], ['in-sync', 3000]);
  assert.deepEqual(
    initial.pairs.map(({ totals }) => totals.common),
    [1, 1],
  );
  assert.deepEqual(
    final.pairs.map(({ totals }) => totals.common),
    [3001, 3001],
  );
  for (const client of clients)
    await eventually(async () => assert.deepEqual(await client.keys('*'), ['not ours']));
});

test('exercise covers every type and both encodings of each', async (t) => {
  const [node] = await startSeparate(t, 1);
  assert.ok(node);
  await insertAs(node, 'k:', 3000, Date.now());
  const client = await connect(t, node.options.port);
  const seen = new Set<string>();
  for (const key of await client.keysBuffer('k:*')) {
    const [type, encoding] = await Promise.all([client.type(key), client.object('ENCODING', key)]);
    seen.add(`${type} ${String(encoding).replace(/^(ziplist|listpack)$/, 'compact')}`);
  }
  const expected = [
    'string int',
    'string embstr',
    'string raw',
    'hash compact',
    'hash hashtable',
    'set intset',
  ];
  expected.push('set hashtable', 'zset compact', 'zset skiplist', 'list quicklist', 'stream stream');
  for (const one of expected) assert.ok(seen.has(one), `${one} among ${[...seen]}`);
});

test('an interrupted exercise also removes its keys', async (t) => {
  const mesh = await startMesh(t, 2);
  const clients = await clientsOf(t, mesh);
  const run = startTool('exercise', ['--nodes', mesh.addresses, '--keys', '50000']);
  await eventually(async () => assert.ok(((await clients[0]?.dbsize()) ?? 0) > 1000));
  run.kill('SIGINT');
  const { exitCode, stderr } = await run;
  assert.deepEqual([exitCode, stderr], [2, 'interrupted']);
  for (const client of clients) await eventually(async () => assert.equal(await client.dbsize(), 0));
});

test('--insert only inserts', async (t) => {
  const mesh = await startMesh(t, 2);
  const [client] = await clientsOf(t, mesh);
  const { code, stdout } = await runTool('verifier', ['--nodes', mesh.addresses, '--insert', '300']);
  assert.equal(code, 0);
  const prefix = /all begin with (\S+)/.exec(stdout)?.[1];
  assert.equal((await client?.keys(`${prefix}*`))?.length, 300);
  assert.equal((await verifyJson(mesh.addresses)).code, 0);
});

/** Creates differences of all kinds between nodes without replication. */
async function plantAll(t: TestContext) {
  const nodes = await startSeparate(t, 2);
  const [one, other] = await Promise.all(nodes.map((node) => connect(t, node.options.port)));
  assert.ok(one && other);
  for (const client of [one, other])
    await client.mset('same', 'v', 'ttl', 'v', 'value', String(client.options.port));
  await one.rpush('list', 'a', 'b');
  await other.rpush('list', 'b', 'a');
  await one.set('missing', 'v');
  await other.set('extra', 'v');
  await one.set('type', 'v');
  await other.sadd('type', 'v');
  await one.pexpire('ttl', 3_600_000);
  return { addresses: addressesOf(nodes), from: nodes[0]?.address ?? '', one, other };
}

test('a repair prints its plan, repairs, and verifies', async (t) => {
  const { addresses, from, one, other } = await plantAll(t);
  const args = ['--nodes', addresses, '--settle', '10', '--repair-from', from];
  const dry = await runTool('verifier', [...args, '--dry-run']);
  assert.equal(dry.code, 1);
  assert.match(
    dry.stdout,
    /A repair would copy from .*\n( {2}overwrite on .*\n?| {2}remove on .*: extra\n?){6}/,
  );
  assert.deepEqual([await other.get('extra'), await one.get('extra')], ['v', null]);
  const wet = await runTool('verifier', args);
  assert.equal(wet.code, 0, wet.stdout);
  assert.match(wet.stdout, /Repaired 6 keys/);
  assert.deepEqual([await other.get('extra'), await other.get('value')], [null, await one.get('value')]);
  assert.ok((await other.pttl('ttl')) > 3_000_000);
  assert.equal((await verifyJson(addresses, '--ttl-tolerance', '100')).code, 0);
});

test('repairs nothing by default', async (t) => {
  const { addresses, one, other } = await plantAll(t);
  assert.equal((await verifyJson(addresses)).code, 1);
  assert.notEqual(await one.get('value'), await other.get('value'));
});

test('a repair in a mesh makes all nodes equal', { skip: needsMultiMaster }, async (t) => {
  const mesh = await startMesh(t, 3);
  const clients = await clientsOf(t, mesh);
  for (let start = 0; start < 3000; start += 100) {
    await Promise.all(
      clients.map((client, node) => {
        const pipeline = client.pipeline();
        for (let i = start; i < start + 100; i++) pipeline.set(`key:${i}`, `set on ${node}`);
        return pipeline.exec();
      }),
    );
  }
  assert.equal((await verifyJson(mesh.addresses)).code, 1);
  const from = mesh.nodes[1]?.address ?? '';
  const { code, stdout } = await runTool('verifier', [
    '--nodes',
    mesh.addresses,
    '--max-findings',
    '3000',
    '--repair-from',
    from,
  ]);
  assert.equal(code, 0, stdout);
});

/** Starts a primary with read-only replicas, of which the first has a wrong value and an extra key. */
async function plantOnReplica(t: TestContext) {
  const mesh = await startMesh(t, 3, {}, 'star');
  const clients = await clientsOf(t, mesh);
  const [primary, replica] = clients;
  assert.ok(primary && replica);
  await primary.set('value', 'right');
  for (const client of clients)
    await eventually(async () => assert.equal(await client.get('value'), 'right'));
  await replica.config('SET', 'replica-read-only', 'no');
  await replica.mset('value', 'wrong', 'extra', 'v');
  await replica.config('SET', 'replica-read-only', 'yes');
  const { code, json } = await verifyJson(mesh.addresses);
  assert.deepEqual([code, json.pairs[0]?.extra.length, json.pairs[0]?.value.length], [1, 1, 1]);
  return { mesh, clients };
}

for (const [from, number, expected] of [
  ['the primary', 0, ['right', null]],
  ['the replica', 1, ['wrong', 'v']],
  ['another replica', 2, ['right', null]],
] as const) {
  test(`a repair of read-only replicas from ${from} writes on the primary`, async (t) => {
    const { mesh, clients } = await plantOnReplica(t);
    const args = ['--nodes', mesh.addresses, '--repair-from', mesh.nodes[number]?.address ?? ''];
    const repair = await runTool('verifier', args);
    assert.equal(repair.code, 0, `${repair.stdout}${repair.stderr}`);
    assert.match(repair.stdout, /Repaired 2 keys/);
    for (const client of clients) assert.deepEqual(await client.mget('value', 'extra'), expected);
  });
}

test('the exercise on a primary with replicas needs the primary first', async (t) => {
  const mesh = await startMesh(t, 2, {}, 'star');
  const [primary = '', replica = ''] = mesh.nodes.map(({ address }) => address);
  const keys = ['--keys', '300', '--settle', '10'];
  const rejected = await runTool('exercise', ['--nodes', `${replica},${primary}`, ...keys]);
  assert.equal(rejected.code, 2);
  assert.match(
    rejected.stderr,
    /^node \S+ is a read-only replica: name its master instead, or before it in --nodes$/m,
  );
  const done = await runTool('exercise', ['--nodes', `${primary},${replica}`, ...keys]);
  assert.equal(done.code, 0, done.stderr);
});
