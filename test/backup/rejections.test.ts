/** Tests that backup and restore reject invalid operations without changing data. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { ask } from '../../lab/faults/experiments/links.ts';
import { RdbCheck } from '../../operate/backup/rdb.ts';
import type { Mesh } from '../../operate/local/mesh.ts';
import { eventually } from '../helpers/eventually.ts';
import { openProxy, startMesh } from '../helpers/nodes.ts';
import { insertAs } from '../helpers/test-data.ts';
import { QUICK_LINKS, runTool, startTool, temporaryFolder } from './tools.ts';

const KEYS = 100;
/** Enough keys to make a restore slow. */
const MANY = 20_000;
let snapshot: Buffer;

before(async (t) => {
  const scope = t as TestContext;
  const { mesh, folder } = await startFilled(scope);
  const file = join(folder, 'b.rdb');
  const { code, stderr } = await runTool('backup', ['--node', mesh.writable, '--out', file]);
  assert.equal(code, 0, stderr);
  snapshot = await readFile(file);
});

async function startFilled(t: Pick<TestContext, 'after'>): Promise<{ mesh: Mesh; folder: string }> {
  const [mesh, folder] = [await startMesh(t, 1, QUICK_LINKS), await temporaryFolder(t)];
  const [node] = mesh.nodes;
  assert.ok(node);
  await insertAs(node, 'old:', KEYS, Date.now());
  return { mesh, folder };
}

function check(...chunks: Buffer[]): RdbCheck {
  const rdb = new RdbCheck();
  for (const chunk of chunks) rdb.update(chunk);
  return rdb;
}

test('accepts a snapshot independent of chunk boundaries', () => {
  for (const size of [1, 2, 7, 8, 9, 10, 1_000, snapshot.length]) {
    const pieces = Array.from({ length: Math.ceil(snapshot.length / size) }, (_, i) =>
      snapshot.subarray(i * size, (i + 1) * size),
    );
    assert.deepEqual(
      { ...check(...pieces).finish(), version: 0 },
      { bytes: snapshot.length, checked: true, version: 0 },
    );
  }
});

test('rejects a snapshot with any byte changed or truncated anywhere', () => {
  for (let at = 0; at < snapshot.length; at += 13) {
    const changed = Buffer.from(snapshot);
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    assert.throws(() => check(changed).finish(), `byte ${at} changed`);
    assert.throws(() => check(snapshot.subarray(0, at)).finish(), `cut at ${at}`);
  }
});

test('rejects invalid files before any key is removed', async (t) => {
  const { mesh, folder } = await startFilled(t);
  const damaged = Buffer.from(snapshot);
  damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] ?? 0) ^ 1;
  const cases: [string, Buffer | undefined, RegExp][] = [
    ['damaged.rdb', damaged, /damaged.rdb was not restored: the checksum does not match/],
    [
      'short.rdb',
      snapshot.subarray(0, -1_000),
      /short.rdb was not restored: (the end mark is missing|the checksum does not match)/,
    ],
    ['text.rdb', Buffer.from('this is no snapshot at all\n'), /the first bytes are not those of a snapshot/],
    ['empty.rdb', Buffer.alloc(0), /the first bytes are not those of a snapshot/],
    ['none.rdb', undefined, /none.rdb: ENOENT/],
  ];
  for (const [name, content, expected] of cases) {
    const file = join(folder, name);
    if (content) await writeFile(file, content);
    const { code, stdout, stderr } = await runTool('restore', [file, '--force', '--nodes', mesh.writable]);
    assert.equal(code, 2, name);
    assert.match(stderr, expected);
    assert.equal(stdout, '');
    const [node] = mesh.nodes;
    assert.ok(node);
    assert.equal(await ask(node, 'DBSIZE'), String(KEYS), name);
  }
});

test('overwrites data only with --force, which removes all keys', async (t) => {
  const [mesh, folder] = [await startMesh(t, 3, QUICK_LINKS), await temporaryFolder(t)];
  const file = join(folder, 'b.rdb');
  await writeFile(file, snapshot);
  const [node, second] = mesh.nodes;
  assert.ok(node && second);
  await ask(node, 'MSET', 'new:1', 'x', 'new:2', 'y');
  await eventually(async () => assert.equal(await ask(second, 'DBSIZE'), '2'));
  const rejected = await runTool('restore', [file], { KEYDB_NODES: mesh.addresses });
  assert.equal(rejected.code, 2);
  assert.match(
    rejected.stderr,
    new RegExp(`^${node.address} contains 2 keys, ${second.address} contains 2 keys`),
  );
  assert.equal(await ask(node, 'DBSIZE'), '2');
  const forced = await runTool('restore', [file, '--force'], { KEYDB_NODES: mesh.addresses });
  assert.equal(forced.code, 0, forced.stdout + forced.stderr);
  assert.match(forced.stdout, new RegExp(`^in sync.*\nRestored ${KEYS} keys of `, 'm'));
  for (const one of mesh.nodes) {
    assert.equal(await ask(one, 'DBSIZE'), String(KEYS));
    assert.equal(await ask(one, 'EXISTS', 'new:1', 'new:2'), '0');
  }
});

test('an incomplete backup leaves no file', async (t) => {
  const { mesh, folder } = await startFilled(t);
  const proxy = await openProxy(t, mesh.nodes[0]?.options.port ?? 0);
  const file = join(folder, 'b.rdb');
  proxy.hold();
  const interrupted = startTool('backup', ['--node', proxy.address, '--out', file]);
  await eventually(() => assert.notEqual(proxy.held, ''));
  interrupted.kill('SIGINT');
  const { exitCode, stderr } = await interrupted;
  assert.equal(exitCode, 2);
  assert.equal(stderr, 'interrupted');
  const lost = startTool('backup', ['--node', proxy.address, '--out', file]);
  await eventually(() => assert.equal(proxy.held.match(/INFO/g)?.length, 2));
  await proxy.cut();
  assert.equal((await lost).exitCode, 2);
  assert.deepEqual(await readdir(folder), []);
});

test('an interrupted restore reports the state of the nodes and can be repeated', async (t) => {
  const { mesh, folder } = await startFilled(t);
  const [node] = mesh.nodes;
  const file = join(folder, 'b.rdb');
  assert.ok(node);
  await insertAs(node, 'many:', MANY, Date.now());
  assert.equal((await runTool('backup', ['--node', node.address, '--out', file])).code, 0);
  await ask(node, 'FLUSHALL');
  const interrupted = startTool('restore', [file, '--nodes', node.address]);
  // Before the keys, the tool writes one other key to see whether the node accepts the format.
  await eventually(async () => assert.ok(Number(await ask(node, 'DBSIZE')) > 1));
  interrupted.kill('SIGINT');
  const { exitCode, stderr } = await interrupted;
  assert.equal(exitCode, 2);
  assert.match(
    stderr,
    /^interrupted; (the nodes now contain a part of the backup|all keys were restored, but)/,
  );
  const again = await runTool('restore', [file, '--force', '--nodes', node.address]);
  assert.equal(again.code, 0, again.stderr);
  assert.equal(await ask(node, 'DBSIZE'), String(KEYS + MANY));
});

test('does not replace an existing file, and names invalid options', async (t) => {
  const { mesh, folder } = await startFilled(t);
  const file = join(folder, 'b.rdb');
  await writeFile(file, 'precious');
  const run = await runTool('backup', ['--node', mesh.writable, '--out', file]);
  assert.equal(run.code, 2);
  assert.match(run.stderr, /b.rdb already exists/);
  assert.equal(await readFile(file, 'utf8'), 'precious');
  const cases: ['backup' | 'restore', string[], RegExp][] = [
    [
      'backup',
      ['--node', 'nowhere'],
      /^--node: expected host:port with a port from 1 to 65535, not "nowhere"/,
    ],
    ['backup', ['--node', '127.0.0.1:1'], /^node 127.0.0.1:1 refuses connections/],
    ['restore', [], /missing required argument 'file' \(see --help\)/],
    ['restore', [file, '--nodes', 'x'], /^--nodes: expected host:port/],
  ];
  for (const [tool, args, expected] of cases) {
    const { code, stderr } = await runTool(tool, args);
    assert.equal(code, 2);
    assert.match(stderr, expected);
  }
});
