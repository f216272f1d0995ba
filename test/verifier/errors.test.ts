/** Tests nodes that cannot be compared: one line with the node and the reason, exit code 2, and no verdict. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { parseNode } from '../../common/nodes.ts';
import { Connection } from '../../toolkit/node/connection.ts';
import { callsOf, parseInfo } from '../../toolkit/node/info.ts';
import { freePorts } from '../../toolkit/ports.ts';
import type { Run } from '../helpers/entry.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, engine, openProxy, startMesh } from '../helpers/nodes.ts';
import { insertAs } from '../helpers/test-data.ts';
import { addressesOf, type Json, runTool, startSeparate, startTool } from '../helpers/verifier.ts';

const PASSWORD = 'not/to,be:printed@all';

function assertFails({ code, stdout, stderr }: Run, message: RegExp): void {
  assert.match(stderr, message);
  assert.equal(stderr.trim().split('\n').length, 1, stderr);
  assert.equal(stdout, '');
  assert.equal(code, 2);
}

async function verify(nodes: string, ...args: string[]): Promise<Run> {
  return runTool('verifier', ['--nodes', nodes, ...args]);
}

test('reports a node that refuses connections', async (t) => {
  const [node] = await startSeparate(t, 1);
  const [port] = await freePorts(1);
  const nodes = `${node?.address},127.0.0.1:${port}`;
  assertFails(await verify(nodes), new RegExp(`^node 127.0.0.1:${port} refuses connections`));
  const { code, stdout } = await verify(nodes, '--json');
  const { verdict, error } = JSON.parse(stdout) as Json;
  assert.deepEqual([code, verdict], [2, 'unknown']);
  assert.match(error ?? '', new RegExp(`127.0.0.1:${port} refuses`));
});

test('reports a server that is listed under two addresses', async (t) => {
  const [node] = await startSeparate(t, 1);
  const port = node?.options.port;
  assertFails(
    await verify(`127.0.0.1:${port},localhost:${port}`),
    new RegExp(`^node localhost:${port} is the same server as 127.0.0.1:${port}`),
  );
});

test('reports a missing or wrong password without printing it', async (t) => {
  const nodes = await startSeparate(t, 2);
  const [first, second] = nodes;
  const admin = await connect(t, second?.options.port ?? 0);
  await admin.config('SET', 'requirepass', PASSWORD);
  assertFails(await verify(addressesOf(nodes)), new RegExp(`^node ${second?.address} requires a password`));
  const url = (password: string) =>
    `${first?.address},redis://:${encodeURIComponent(password)}@${second?.address}`;
  const wrong = await verify(url(`${PASSWORD}!`));
  assertFails(wrong, new RegExp(`^node ${second?.address} rejects the user name and password`));
  assert.ok(!wrong.stderr.includes('printed'));
  const right = await verify(url(PASSWORD));
  assert.deepEqual([right.code, right.stderr, right.stdout.includes('printed')], [0, '', false]);
  await (await connect(t, first?.options.port ?? 0)).config('SET', 'requirepass', PASSWORD);
  const fromSettings = await runTool('verifier', ['--nodes', addressesOf(nodes)], {
    KEYDB_PASSWORD: PASSWORD,
  });
  assert.equal(fromSettings.code, 0);
});

test('reports missing permissions', async (t) => {
  const nodes = await startSeparate(t, 2);
  for (const node of nodes) {
    const admin = await connect(t, node.options.port);
    await admin.call('ACL', 'SETUSER', 'limited', 'on', '>secret', '~*', '+@all', '-scan');
    await admin.set('k', 'v');
  }
  const urls = nodes.map((node) => `redis://limited:secret@${node.address}`).join(',');
  assertFails(await verify(urls), /^node \S+ does not allow this user to run SCAN/);
});

test('reports a hung node', async (t) => {
  const nodes = await startSeparate(t, 2);
  nodes[1]?.signal('SIGSTOP');
  assertFails(
    await verify(addressesOf(nodes), '--timeout', '300'),
    new RegExp(`^node ${nodes[1]?.address} did not answer for 300 ms`),
  );
});

test('reports a node that is loading', async (t) => {
  const options = { 'key-load-delay': '100000', 'loading-process-events-interval-bytes': '1024' };
  const [[ready], loading] = await Promise.all([startSeparate(t, 1), startMesh(t, 1, options)]);
  const [node] = loading.nodes;
  assert.ok(ready && node);
  await insertAs(node, 'loaded:', 2000, Date.now());
  await node.stop();
  const answers = node.start().catch(() => {});
  await eventually(async () => {
    const run = await verify(`${ready.address},${node.address}`);
    assertFails(run, new RegExp(`^node ${node.address} is still loading its data`));
  });
  await node.kill();
  await answers;
});

test('reports a node that is killed during the run', async (t) => {
  for (const killed of [0, 1]) {
    const nodes = await startSeparate(t, 2);
    await Promise.all(nodes.map((node) => insertAs(node, 'same:', 2000, Date.now())));
    // Slow, so that the verifier still runs when the node is killed.
    const run = startTool('verifier', ['--nodes', addressesOf(nodes), '--throttle', '200']);
    await eventually(async () => assert.ok((await scans(t, nodes[0]?.options.port ?? 0)) >= 2));
    await nodes[killed]?.kill();
    const { exitCode: code, stdout, stderr } = await run;
    assertFails(
      { code, stdout, stderr },
      new RegExp(`^node ${nodes[killed]?.address} closed the connection`),
    );
  }
});

async function scans(t: TestContext, port: number): Promise<number> {
  const stats = await (await connect(t, port)).info('commandstats');
  return callsOf(parseInfo(stats), 'scan');
}

test('detects a hung node also after the connection was idle for longer than the timeout', async (t) => {
  const [node] = await startSeparate(t, 1);
  const proxy = await openProxy(t, node?.options.port ?? 0);
  const timeoutMs = 200;
  const connection = await Connection.open(parseNode(proxy.address), { timeoutMs });
  t.after(() => connection.close());
  // Only an idle connection shows this, so the test has to wait. A longer wait does not change the result.
  await wait(2 * timeoutMs);
  proxy.hang();
  await assert.rejects(connection.call(['PING']), /did not answer for 200 ms/);
});

test('reports a server that is not KeyDB or Redis', async (t) => {
  const [node] = await startSeparate(t, 1);
  const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
    0,
    '127.0.0.1',
  );
  await once(other, 'listening');
  t.after(() => other.close());
  const { port } = other.address() as { port: number };
  assertFails(await verify(`${node?.address},127.0.0.1:${port}`), /not a KeyDB or Redis server/);
});

test('rejects an invalid command line', async () => {
  const nodes = '127.0.0.1:1,127.0.0.1:2';
  assertFails(await verify('127.0.0.1:1'), /--nodes: expected at least two nodes/);
  assertFails(await verify('127.0.0.1:1,127.0.0.1:1'), /127.0.0.1:1 is listed twice/);
  assertFails(
    await verify(`redis://:${PASSWORD}@127.0.0.1:1,127.0.0.1:2`),
    /^--nodes: expected (?!.*printed)/,
  );
  assertFails(await verify(nodes, '--rounds', 'many'), /--rounds.*Expected a whole number/);
  assertFails(await verify(nodes, '--dry-run'), /--dry-run requires --repair-from/);
  assertFails(
    await verify(nodes, '--repair-from', '127.0.0.1:3'),
    /--repair-from: expected one of 127.0.0.1:1/,
  );
  assertFails(await runTool('verifier', [], { KEYDB_NODES: 'nowhere' }), /KEYDB_NODES: expected host:port/);
});

test('reads values if digests are denied, and reports it', async (t) => {
  const nodes = await startSeparate(t, 2);
  const now = Date.now();
  for (const node of nodes) {
    const admin = await connect(t, node.options.port);
    await admin.call('ACL', 'SETUSER', 'limited', 'on', '>secret', '~*', '+@all', '-debug');
    await insertAs(node, 'same:', 500, now);
    await admin.set('differs', `on ${node.address}`);
  }
  const urls = nodes.map((node) => `redis://limited:secret@${node.address}`).join(',');
  const { code, stdout } = await verify(urls, '--json', '--settle', '10');
  const { method, notes, pairs } = JSON.parse(stdout) as Json;
  assert.deepEqual([code, method, notes.length], [1, 'values', 2], engine.name);
  assert.match(notes[0] ?? '', /DEBUG, so values were read instead/);
  assert.deepEqual(
    pairs[0]?.value.map(({ key }) => key),
    ['differs'],
  );
});
