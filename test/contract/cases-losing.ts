/** Cases in which notifications or a node are lost, each on a real node. */
import assert from 'node:assert/strict';
import type { Settings } from '../../common/settings.ts';
import { eventually } from '../helpers/eventually.ts';
import { type ContractLayout, type Env, readOf, type Scene, untilReading } from './scene.ts';

export interface LosingCase {
  /** Settings in addition to the usual ones. */
  env?: Env;
  /** Only for these channels; if omitted, for all. */
  channels?: readonly Settings['KEY_CHANNEL'][];
  /** Only in this layout; if omitted, in both. */
  layout?: ContractLayout;
  play(scene: Scene): Promise<void>;
}

const SHORT = { NODE_TIMEOUT_MS: '200' };

export const LOSING: Record<string, LosingCase> = {
  'the read after a reconnection catches up, and reports the number of missed writes': {
    async play(scene) {
      await scene.begin();
      await scene.isolate();
      await scene.events.first({ event: 'lost', node: scene.home.address });
      await scene.write(2);
      await scene.write(3);
      await scene.reopen(scene.other);
      await scene.events.first({ event: 'handshake', seq: 3 });
      assert.equal(scene.events.like({ event: 'read', seq: 3, caughtUp: true, missed: 2 }).length, 1);
    },
  },

  'a notification arrives before the reply to the first read: the gap is missed, not conflated': {
    async play(scene) {
      await scene.begin();
      await scene.isolate();
      await scene.events.first({ event: 'lost', node: scene.home.address });
      for (const seq of [2, 3, 4]) await scene.write(seq);
      scene.other.holdFrom(readOf(scene.key));
      await scene.reopen(scene.other);
      await scene.events.first({ event: 'connected', node: scene.other.address });
      await untilReading(scene.other, scene.key);
      await scene.write(5);
      await scene.release(scene.other);
      await scene.events.first({ event: 'handshake', seq: 5 });
      await scene.stop();
      assert.equal(scene.events.like({ event: 'read', seq: 5, caughtUp: true, missed: 4 }).length, 1);
      await scene.events.first({ event: 'stopped', conflated: 0, missed: 4 });
    },
  },

  'a poll catches up, and reports the number of missed writes': {
    channels: ['keyevent', 'keyspace'],
    env: { RECHECK_INTERVAL_MS: '100' },
    async play(scene) {
      await scene.begin();
      const [, events = ''] = (await scene.homeNode.config('GET', 'notify-keyspace-events')) as string[];
      await scene.homeNode.config('SET', 'notify-keyspace-events', '');
      try {
        await scene.write(2);
        await scene.events.first({ event: 'handshake', seq: 2 });
      } finally {
        await scene.homeNode.config('SET', 'notify-keyspace-events', events);
      }
      assert.equal(scene.events.like({ event: 'read', seq: 2, caughtUp: true, missed: 1 }).length, 1);
      await scene.write(3);
      await scene.events.first({ event: 'handshake', seq: 3 });
    },
  },

  'connection lost before the handshake is acknowledged: sends it again, and logs the read once': {
    layout: 'one node',
    async play(scene) {
      await scene.begin();
      scene.home.holdFrom(new RegExp(`set\\r\\n\\$\\d+\\r\\n${scene.handshakeKey}`, 'i'));
      await scene.write(2);
      await eventually(() => assert.match(scene.home.held, /seq 2 /));
      await scene.home.cut();
      await scene.events.first({ event: 'handshake', seq: 2, node: scene.acknowledgedBy(scene.other) });
      assert.match((await scene.handshake()) ?? '', /seq 2 /);
      await scene.stop();
      await scene.events.first({ event: 'stopped', observed: 2, handshakes: 2, conflated: 0, missed: 0 });
      assert.equal(scene.events.like({ event: 'read', seq: 2 }).length, 1);
    },
  },

  'node lost: fails over to the next': {
    async play(scene) {
      await scene.begin();
      await scene.home.cut();
      await scene.events.first({ event: 'connected', node: scene.other.address });
      await scene.write(2);
      await scene.events.first({ event: 'handshake', seq: 2, node: scene.acknowledgedBy(scene.other) });
    },
  },

  'all nodes lost, then one reachable again: reconnects to it': {
    async play(scene) {
      await scene.begin();
      await scene.isolate();
      await scene.events.first({ event: 'lost', node: scene.other.address });
      await scene.reopen(scene.home);
      await scene.write(2);
      await scene.events.first({ event: 'handshake', seq: 2, node: scene.acknowledgedBy(scene.home) });
    },
  },

  'node hung: counts as lost': {
    env: SHORT,
    async play(scene) {
      await scene.begin();
      scene.home.hang();
      await scene.events.first({ event: 'lost', node: scene.home.address });
      await scene.write(2);
      await scene.events.first({ event: 'handshake', seq: 2, node: scene.acknowledgedBy(scene.other) });
    },
  },

  'node that accepts connections but never answers: fails over to the next': {
    env: SHORT,
    async play(scene) {
      scene.home.hang();
      await scene.begin();
      await scene.events.first({ event: 'lost', node: scene.home.address });
      await scene.events.first({ event: 'connected', node: scene.other.address });
    },
  },

  'node that rejects writes: fails over to the next, which acknowledges the handshake': {
    layout: 'one node',
    async play(scene) {
      await scene.begin();
      await scene.node.del(scene.handshakeKey);
      const user = 'default';
      await scene.node.call('ACL', 'SETUSER', user, '-set');
      await scene.node.call('ACL', 'SETUSER', `admin-${scene.key}`, 'on', 'nopass', '~*', '+@all');
      await scene.node.call('AUTH', `admin-${scene.key}`, 'any');
      await scene.write(2);
      await scene.events.first({ event: 'lost', node: scene.home.address });
      await scene.node.call('ACL', 'SETUSER', user, '+set');
      await scene.write(3);
      await scene.events.first({ event: 'handshake', seq: 3 });
    },
  },

  'stopped during an observation on a hung node: stops': {
    async play(scene) {
      await scene.begin();
      scene.home.hold();
      await scene.write(2);
      await untilReading(scene.home, scene.key);
      await scene.stop();
      await scene.events.first({ event: 'stopped' });
    },
  },

  'node lost during a stop: stops, and connects to no other node': {
    async play(scene) {
      await scene.begin();
      scene.home.hold();
      await scene.write(2);
      await untilReading(scene.home, scene.key);
      const stopped = scene.stop();
      await scene.home.cut();
      await stopped;
      await scene.events.first({ event: 'stopped' });
      assert.deepEqual(scene.events.like({ event: 'connected', node: scene.other.address }), []);
    },
  },

  'stopped while no node is reachable: stops': {
    async play(scene) {
      await scene.begin();
      await scene.isolate();
      await scene.events.first({ event: 'lost', node: scene.home.address });
      await scene.stop();
      await scene.events.first({ event: 'stopped' });
    },
  },
};
