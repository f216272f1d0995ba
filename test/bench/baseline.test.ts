/** Tests that the baseline observes like the services; otherwise it would not be comparable. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { parseNode } from '../../common/nodes.ts';
import { parseValue } from '../../common/value.ts';
import { baseline } from '../../lab/bench/observers/baseline.ts';
import { callsOf, parseInfo } from '../../toolkit/node/info.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, openProxy, startMesh } from '../helpers/nodes.ts';

type Channel = 'keyevent' | 'keyspace' | 'tracking';

/** @param layout of the nodes: in a star, the baseline observes on a replica. */
async function scene(t: TestContext, channel: Channel, layout: 'one node' | 'star') {
  const { nodes, writable } = await (layout === 'star' ? startMesh(t, 2, {}, 'star') : startMesh(t, 1));
  const port = nodes.at(-1)?.options.port ?? 0;
  const proxy = await openProxy(t, port);
  const [node, primary] = [await connect(t, port), await connect(t, nodes[0]?.options.port ?? 0)];
  const key = `shared:${randomUUID()}`;
  let notified = 0;
  const home = parseNode(proxy.address);
  const close = await baseline(
    {
      SHARED_KEY: key,
      HANDSHAKE_KEY: `handshake:${key}`,
      KEYDB_DB: 0,
      KEY_CHANNEL: channel,
      SERVICE_NAME: 'floor',
      HOME_NODE: home,
      WRITE_NODES: [layout === 'star' ? parseNode(writable) : home],
    },
    () => {
      notified += 1;
    },
  );
  t.after(close);
  const write = (seq: number) => primary.set(key, `Writer seq ${seq} micros ${seq}000000 timestamp ${seq}`);
  const answers = (seq: number) =>
    eventually(async () => {
      const parsed = parseValue((await node.get(`handshake:${key}`)) ?? '');
      assert.ok(parsed.ok);
      assert.deepEqual([parsed.value.name, parsed.value.seq], ['Handshake from floor for Writer', seq]);
    });
  return { node, primary, proxy, key, write, answers, notified: () => notified };
}

for (const [channel, layout] of [
  ['keyevent', 'one node'],
  ['keyspace', 'one node'],
  ['tracking', 'one node'],
  ['keyevent', 'star'],
] as const) {
  test(`the baseline with ${channel}, ${layout}: answers a write, conflates several, ignores other keys`, async (t) => {
    const { node, primary, proxy, key, write, answers, notified } = await scene(t, channel, layout);
    await write(1);
    await answers(1);
    const first = notified();

    proxy.hold();
    await write(2);
    await eventually(() => assert.match(proxy.held, new RegExp(`GET\\r\\n\\$\\d+\\r\\n${key}`)));
    for (const seq of [3, 4, 5]) await write(seq);
    await primary.set(`${key}:other`, 'x');
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
