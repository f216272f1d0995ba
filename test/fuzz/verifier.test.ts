/** Tests the verifier with a hostile server: one line that names the node, exit code 2, and bounded memory. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Connection } from '../../toolkit/node/connection.ts';
import { NodeError } from '../../toolkit/node/errors.ts';
import { readInfo } from '../../toolkit/node/nodes.ts';
import { runTool, startSeparate } from '../helpers/verifier.ts';
import { HOSTILE_CASES, randomCases } from './hostile-cases.ts';
import { type HostileCase, HostileServer } from './hostile-server.ts';

const SEED = 20_240_905;
const TIMEOUT_MS = 300;
/** Enough for the other node on a busy machine. */
const TOOL_TIMEOUT_MS = 3_000;
const MOST_GROWTH = 256 * 2 ** 20;
/** Limit for endless cases: the buffers of both sockets, and a line of 64 KB. */
const MOST_SENT = 128 * 2 ** 20;

/** All cases, in place of the first reply to the verifier. */
const CASES: HostileCase[] = [
  ...HOSTILE_CASES.filter(
    ({ stage, after }) => stage === 'get' && (typeof after === 'string' || 'endless' in after),
  ),
  ...randomCases(1_000, SEED),
].map((one): HostileCase => ({ ...one, stage: one.stage === 'connect' ? 'connect' : 'info' }));

/** Connects and sends INFO, like the start of the verifier. @throws NodeError. */
async function ask(t: TestContext, hostile: HostileServer): Promise<void> {
  const [host = '', port] = hostile.address.split(':');
  const address = { host, port: Number(port), name: hostile.address };
  const connection = await Connection.open(address, { timeoutMs: TIMEOUT_MS, signal: t.signal });
  try {
    await readInfo(connection);
  } finally {
    connection.close();
  }
}

test('every case yields a reply or an error that names the node', async (t) => {
  const hostile = await HostileServer.open(t, CASES[0] as HostileCase);
  const before = process.memoryUsage.rss();
  for (const played of CASES) {
    hostile.play(played);
    hostile.sent = 0;
    const error = await ask(t, hostile).catch((reason: unknown) => reason);
    const text = `${played.name}: ${JSON.stringify(played.bytes.slice(0, 500))}: ${error}`;
    if (error !== undefined) assert.ok(error instanceof NodeError, text);
    if (error !== undefined)
      assert.match(error.message, new RegExp(`^node ${hostile.address} [^\\p{C}]+$`, 'u'), text);
    assert.ok(hostile.sent < MOST_SENT, `${text}, after ${hostile.sent} bytes`);
    assert.ok(process.memoryUsage.rss() - before < MOST_GROWTH, text);
  }
});

test('the tool prints one line and exits with 2', async (t) => {
  const [node] = await startSeparate(t, 1);
  const hostile = await HostileServer.open(t, CASES[0] as HostileCase);
  for (const name of [
    'no data',
    '100,000 nested arrays',
    'control characters in an error',
    'endless: a line',
    'silence',
  ]) {
    const played = CASES.find((one) => one.name === name);
    assert.ok(played, name);
    hostile.play(played);
    const nodes = `${node?.address},${hostile.address}`;
    const { code, stdout, stderr } = await runTool('verifier', [
      '--nodes',
      nodes,
      '--timeout',
      `${TOOL_TIMEOUT_MS}`,
    ]);
    assert.match(stderr, new RegExp(`^node ${hostile.address} [^\\p{C}]+$`, 'u'));
    assert.deepEqual([code, stdout], [2, ''], name);
  }
});
