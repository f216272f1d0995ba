/** What an observer on a replica does with its second connection, each case on a real replica and its primary. */
import assert from 'node:assert/strict';
import type { TcpProxy } from '../../toolkit/tcp-proxy.ts';
import { eventually } from '../helpers/eventually.ts';
import type { LosingCase } from './cases-losing.ts';
import type { Scene } from './scene.ts';

interface WriteNodeCase extends Pick<LosingCase, 'env' | 'channels'> {
  play(scene: Scene, primary: TcpProxy): Promise<void>;
}

const CASES: Record<string, WriteNodeCase> = {
  'write node lost: continues to observe, warns once, and sends the newest handshake when it is back': {
    async play(scene, primary) {
      await scene.begin();
      await primary.cut();
      await scene.events.first({ event: 'write-node-lost', node: primary.address });
      await scene.events.first({ event: 'no-write-node', node: primary.address });
      for (const seq of [2, 3]) {
        await scene.write(seq);
        await scene.events.first({ event: 'read', seq });
      }
      assert.match((await scene.handshake()) ?? '', /seq 1 /);
      await primary.heal();
      await scene.events.first({ event: 'handshake', seq: 3, node: primary.address });
      assert.match((await scene.handshake()) ?? '', /seq 3 /);
      await scene.stop();
      await scene.events.first({ event: 'stopped', observed: 3, handshakes: 2, conflated: 0, missed: 0 });
      assert.equal(scene.events.like({ event: 'no-write-node' }).length, 1);
      assert.equal(scene.events.like({ event: 'write-node', node: primary.address }).length, 2);
      assert.deepEqual(scene.events.like({ event: 'lost' }), []);
      assert.equal(scene.events.like({ event: 'read', seq: 3 }).length, 1);
    },
  },

  'write node lost with a handshake in flight: sends it again, and logs the read once': {
    async play(scene, primary) {
      await scene.begin();
      primary.hold();
      await scene.write(2);
      await untilSetting(scene, primary, 2);
      await primary.cut();
      await primary.heal();
      await scene.events.first({ event: 'handshake', seq: 2, node: primary.address });
      assert.match((await scene.handshake()) ?? '', /seq 2 /);
      await scene.stop();
      await scene.events.first({ event: 'stopped', observed: 2, handshakes: 2, conflated: 0, missed: 0 });
      assert.equal(scene.events.like({ event: 'read', seq: 2 }).length, 1);
    },
  },

  'no write node reachable from the start: observes, and sends the newest handshake when one is': {
    async play(scene, primary) {
      await primary.cut();
      await scene.write(1);
      scene.start();
      await scene.events.first({ event: 'read', seq: 1 });
      await scene.events.first({ event: 'no-write-node' });
      await scene.write(2);
      await scene.events.first({ event: 'read', seq: 2 });
      await primary.heal();
      await scene.events.first({ event: 'handshake', seq: 2, node: primary.address });
      assert.deepEqual(scene.events.like({ event: 'handshake', seq: 1 }), []);
    },
  },

  'write node hung: counts as lost': {
    env: { NODE_TIMEOUT_MS: '2000' },
    channels: ['keyevent'],
    async play(scene, primary) {
      await scene.begin();
      primary.hang();
      await scene.events.first({ event: 'write-node-lost', node: primary.address });
      await scene.write(2);
      await scene.events.first({ event: 'read', seq: 2 });
      await scene.events.first({ event: 'no-write-node', node: primary.address });
      await primary.cut();
      await primary.heal();
      await scene.events.first({ event: 'handshake', seq: 2, node: primary.address });
    },
  },

  'write node that rejects writes: fails over to the next one': {
    env: ({ other, primary }) => ({ WRITE_NODES: `${other},${primary}` }),
    async play(scene, primary) {
      await scene.begin();
      await scene.write(2);
      await scene.events.first({ event: 'handshake', seq: 2, node: primary.address });
      assert.deepEqual(scene.events.like({ event: 'no-write-node' }), []);
      assert.deepEqual(scene.events.like({ event: 'lost' }), []);
    },
  },

  'write node that becomes a replica: counts as lost, until it is promoted again': {
    async play(scene, primary) {
      await scene.begin();
      const { node, homeNode, ports } = scene;
      await homeNode.replicaof('NO', 'ONE');
      try {
        await node.replicaof('127.0.0.1', String(ports.home));
        await homeNode.set(scene.key, scene.value(2));
        await scene.events.first({ event: 'read', seq: 2 });
        const { reason } = await scene.events.first({ event: 'no-write-node' });
        assert.match(String(reason), /^READONLY/);
      } finally {
        await node.replicaof('NO', 'ONE');
        await homeNode.replicaof('127.0.0.1', String(ports.primary));
      }
      await scene.events.first({ event: 'handshake', seq: 2, node: primary.address });
      await scene.replicated();
    },
  },

  'node lost while a handshake is in flight on a hung write node: fails over at once': {
    async play(scene, primary) {
      await scene.begin();
      primary.hold();
      await scene.write(2);
      await untilSetting(scene, primary, 2);
      await scene.home.cut();
      await scene.events.first({ event: 'connected', node: scene.other.address });
      await primary.cut();
      await primary.heal();
      await scene.events.first({ event: 'handshake', seq: 2, node: primary.address });
    },
  },

  'stopped with a handshake in flight on a hung write node: stops all the same': {
    async play(scene, primary) {
      await scene.begin();
      primary.hold();
      await scene.write(2);
      await untilSetting(scene, primary, 2);
      await scene.stop();
      await scene.events.first({ event: 'stopped', observed: 2, handshakes: 1 });
      await scene.connections(0);
    },
  },

  'stopped with a handshake in flight: waits for its acknowledgement': {
    async play(scene, primary) {
      await scene.begin();
      primary.hold();
      await scene.write(2);
      await untilSetting(scene, primary, 2);
      const stopped = scene.stop();
      primary.release();
      await stopped;
      assert.match((await scene.handshake()) ?? '', /seq 2 /);
      await scene.events.first({ event: 'stopped', observed: 2, handshakes: 2 });
      await scene.connections(0);
    },
  },

  'stopped while no write node is reachable: stops all the same': {
    async play(scene, primary) {
      await scene.begin();
      await primary.cut();
      await scene.events.first({ event: 'no-write-node' });
      await scene.stop();
      await scene.events.first({ event: 'stopped' });
      await scene.connections(0);
    },
  },

  'fails over to a node that accepts writes: uses one connection': {
    async play(scene, primary) {
      await scene.begin();
      await scene.connections(scene.ownConnections, 1);
      await scene.other.cut();
      await scene.home.cut();
      await scene.events.first({ event: 'connected', node: primary.address });
      await scene.write(2);
      await scene.events.first({ event: 'handshake', seq: 2, node: primary.address });
      await scene.connections(0, scene.ownConnections);
    },
  },
};

/** Waits until the observer has sent the handshake for write `seq`, which the proxy to the primary holds back. */
async function untilSetting(scene: Scene, primary: TcpProxy, seq: number): Promise<void> {
  await eventually(() =>
    assert.match(
      primary.held,
      new RegExp(`set\\r\\n\\$\\d+\\r\\n${scene.handshakeKey}\\r\\n.*\\r\\n.* seq ${seq} `, 'i'),
    ),
  );
}

export const WRITE_NODE: Record<string, LosingCase> = Object.fromEntries(
  Object.entries(CASES).map(([name, { play, ...settings }]) => [
    name,
    { ...settings, layout: 'a replica', play: (scene: Scene) => play(scene, scene.primary as TcpProxy) },
  ]),
);
