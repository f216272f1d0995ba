/** Tests that the JSON of every tool is complete even if its reader is slow. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync, writeSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';
import type { Redis } from 'ioredis';
import { root } from '../../toolkit/root.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, engine } from '../helpers/nodes.ts';
import { addressesOf, startSeparate } from '../helpers/verifier.ts';

const KEYS = 2_000;
/** Size of a pipe's buffer on Linux, in bytes. */
const PIPE_BYTES = 65_536;
const POLL_MS = 10;
const TOOL_DEADLINE_MS = 120_000;
const noFifo = (await execa('mkfifo', ['--version'], { reject: false })).failed && 'needs mkfifo';

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'output-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Runs a tool whose stdout is a full pipe, so that each byte of output waits for the reader.
 * @param printed returns whether the tool has printed its result. The test starts to read then, or after the exit.
 */
async function throughFullPipe(
  t: TestContext,
  [entry = '', ...args]: readonly string[],
  printed: (stderr: string) => Promise<boolean> | boolean,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const folder = await folderOf(t);
  const pipe = join(folder, 'pipe');
  await execa('mkfifo', [pipe]);
  const reader = await open(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  t.after(() => reader.close());
  const writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
  const filled = fill(writer);
  const tool = spawn(process.execPath, [join(root, 'dist', `${entry}.js`), ...args], {
    cwd: join(root, 'dist'),
    env: { PATH: process.env.PATH ?? '', TMPDIR: folder },
    stdio: ['ignore', writer, 'pipe'],
  });
  const exit = once(tool, 'exit');
  t.after(() => tool.kill('SIGKILL'));
  closeSync(writer);
  let stderr = '';
  tool.stderr?.on('data', (data) => {
    stderr += String(data);
  });
  await eventually(
    async () => assert.ok(tool.exitCode !== null || (await printed(stderr))),
    TOOL_DEADLINE_MS,
  );
  const stdout = (await readAll(reader)).subarray(filled).toString();
  const [code] = (await exit) as [number | null];
  return { code, stdout, stderr };
}

/** Fills a pipe. @returns the number of bytes written. */
function fill(pipe: number): number {
  for (let bytes = 0; ; ) {
    try {
      bytes += writeSync(pipe, Buffer.alloc(1024));
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN');
      return bytes;
    }
  }
}

/** Reads until the last writer has closed the pipe. */
async function readAll(pipe: FileHandle): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (;;) {
    const read = await pipe.read({ buffer: Buffer.alloc(4096) }).catch((error) => {
      if (error.code !== 'EAGAIN') throw error;
    });
    if (read?.bytesRead === 0) return Buffer.concat(chunks);
    if (read) chunks.push(read.buffer.subarray(0, read.bytesRead));
    else await wait(POLL_MS);
  }
}

/** Returns a check whether a tool has connected to a node since this call, and has disconnected again. */
async function visits(client: Redis): Promise<() => Promise<boolean>> {
  const figure = async (name: string) => Number(new RegExp(`${name}:(\\d+)`).exec(await client.info())?.[1]);
  const before = await figure('total_connections_received');
  return async () =>
    (await figure('total_connections_received')) > before && (await figure('connected_clients')) === 1;
}

/** Starts two nodes without replication; only the first has the keys. */
async function unequalNodes(t: TestContext): Promise<{ nodes: string; source: Redis; last: Redis }> {
  const nodes = await startSeparate(t, 2);
  const [source, last] = (await Promise.all(nodes.map((node) => connect(t, node.options.port)))) as [
    Redis,
    Redis,
  ];
  const names = Array.from({ length: KEYS }, (_, i) => `a key with a name of some length ${i}`);
  await source.mset(...names.flatMap((name) => [name, 'v']));
  return { nodes: addressesOf(nodes), source, last };
}

test('verify and exercise print thousands of findings completely', { skip: noFifo }, async (t) => {
  const { nodes, last } = await unequalNodes(t);
  const settings = ['--json', '--nodes', nodes, '--settle', '0', '--max-findings', '100000'];
  const verify = await throughFullPipe(t, ['lab/verifier/main', ...settings], await visits(last));
  assert.ok(verify.stdout.length > PIPE_BYTES);
  assert.equal(JSON.parse(verify.stdout).pairs[0].missing.length, KEYS, verify.stderr);
  assert.equal(verify.code, 1);

  const test = ['lab/exercise/main', ...settings, '--keys', '10'];
  const synced = await throughFullPipe(t, test, await visits(last));
  const { initial, final } = JSON.parse(synced.stdout);
  const missing = [initial, final].map(({ pairs }) => pairs[0].missing.length);
  assert.deepEqual(missing, [KEYS, KEYS + 10], synced.stderr);
  assert.equal(synced.code, 1);
});

test('the verifier prints an insertion and an error completely', { skip: noFifo }, async (t) => {
  const { nodes, source } = await unequalNodes(t);
  const insert = ['lab/verifier/main', '--json', '--nodes', nodes, '--insert', '3'];
  const inserted = await throughFullPipe(t, insert, await visits(source));
  assert.equal(JSON.parse(inserted.stdout).inserted, 3, inserted.stderr);

  const wrong = await throughFullPipe(
    t,
    ['lab/verifier/main', '--json', '--batch', '0'],
    (stderr) => stderr !== '',
  );
  assert.equal(JSON.parse(wrong.stdout).verdict, 'unknown');
  assert.equal(wrong.code, 2);
});

test('backup and restore print their results completely', { skip: noFifo }, async (t) => {
  const { nodes, last } = await unequalNodes(t);
  const [from = '', to = ''] = nodes.split(',');
  const file = join(await folderOf(t), 'backup.rdb');
  const backup = ['operate/backup/backup', '--json', '--node', from, '--out', file];
  const saved = await throughFullPipe(t, backup, () => existsSync(file));
  assert.equal(JSON.parse(saved.stdout).keysAfter, KEYS, saved.stderr);
  assert.equal(saved.code, 0);

  const restore = ['operate/backup/restore', file, '--json', '--nodes', to];
  const restored = await throughFullPipe(t, restore, await visits(last));
  assert.equal(JSON.parse(restored.stdout).restored, KEYS, restored.stderr);
  assert.equal(restored.code, 0);
});

const reported = (stderr: string) => stderr.includes('Report: ');

test('the benchmark prints its figures completely', { skip: noFifo }, async (t) => {
  const out = await folderOf(t);
  const bench = ['lab/bench/main', '--tiny', '--only', 'latency', '--rounds', '1', '--json', '--out', out];
  const measured = await throughFullPipe(t, bench, reported);
  assert.ok(JSON.parse(measured.stdout).rows.length > 0, measured.stderr);

  const verifier = ['lab/verifier/bench/main', '--keys', '100', '--sample', '10', '--rounds', '1', '--json'];
  const compared = await throughFullPipe(t, verifier, (stderr) => stderr.includes('round 1: '));
  assert.equal(JSON.parse(compared.stdout).rounds.length, 1, compared.stderr);
  assert.equal(compared.code, 0);
});

test('the fault lab prints its history completely', { skip: noFifo }, async (t) => {
  const out = ['--engine', engine.name, '--out', await folderOf(t)];
  const stop = [
    'lab/faults/main',
    '--fault',
    'stop',
    '--seconds',
    '1',
    '--network',
    'proxies',
    '--json',
    ...out,
  ];
  const { stdout, stderr } = await throughFullPipe(t, stop, reported);
  assert.ok(stdout.length > PIPE_BYTES);
  assert.ok(JSON.parse(stdout).results.length > 0, stderr);
});
