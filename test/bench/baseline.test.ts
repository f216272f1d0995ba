/** Tests that the baseline observes like the services; otherwise it would not be comparable. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { parseValue } from '../../common/value.ts';
import { baseline } from '../../lab/bench/observers/baseline.ts';
import { callsOf, parseInfo } from '../../toolkit/node/info.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, openProxy, startMesh } from '../helpers/nodes.ts';

async function scene(t: TestContext, channel: 'keyevent' | 'keyspace' | 'tracking') {
  const mesh = await startMesh(t, 1);
  const port = mesh.nodes[0]?.options.port ?? 0;
  const proxy = await openProxy(t, port);
  const node = await connect(t, port);
  const key = `shared:${randomUUID()}`;
  let notified = 0;
  const [host = '', proxyPort] = proxy.address.split(':');
  const close = await baseline(
    {
      SHARED_KEY: key,
      HANDSHAKE_KEY: `handshake:${key}`,
      KEYDB_DB: 0,
      KEY_CHANNEL: channel,
      SERVICE_NAME: 'floor',
      HOME_NODE: { host, port: Number(proxyPort), name: proxy.address },
    },
    () => {
      notified += 1;
    },
  );
  t.after(close);
  const write = (seq: number) => node.set(key, `Writer seq ${seq} micros ${seq}000000 timestamp ${seq}`);
  const answers = (seq: number) =>
    eventually(async () => {
      const parsed = parseValue((await node.get(`handshake:${key}`)) ?? '');
      assert.ok(parsed.ok);
      assert.deepEqual([parsed.value.name, parsed.value.seq], ['Handshake from floor for Writer', seq]);
    });
  return { node, proxy, key, write, answers, notified: () => notified };
}

for (const channel of ['keyevent', 'keyspace', 'tracking'] as const) {
  test(`the baseline on ${channel}: answers a write, conflates several, ignores other keys`, async (t) => {
    const { node, proxy, key, write, answers, notified } = await scene(t, channel);
    await write(1);
    await answers(1);
    const first = notified();

    proxy.hold();
    await write(2);
    await eventually(() => assert.match(proxy.held, new RegExp(`GET\\r\\n\\$\\d+\\r\\n${key}`)));
    for (const seq of [3, 4, 5]) await write(seq);
    await node.set(`${key}:other`, 'x');
    // With tracking, the node sends one push per read; with a channel, one message per write.
    const announced = channel === 'tracking' ? 1 : 4;
    await eventually(() => assert.equal(notified() - first, announced));
    const before = await sets(node);
    proxy.release();
    await answers(5);
    await write(6);
    await answers(6);
    assert.equal(notified() - first, announced + 1);
    assert.equal((await sets(node)) - before, 3, 'one handshake for 2 to 5, one write, one handshake');
  });
}

async function sets(node: { info(section: string): Promise<string> }): Promise<number> {
  return callsOf(parseInfo(await node.info('commandstats')), 'set');
}
