/** Cases about the values that an observer reads, each on a real node. */
import assert from 'node:assert/strict';
import { eventually } from '../helpers/eventually.ts';
import { type Scene, untilReading } from './scene.ts';

export const READING: Record<string, (scene: Scene) => Promise<void>> = {
  async 'notified: reads the write and sends a handshake for it'(scene) {
    await scene.begin();
    const text = await scene.write(2);
    const { msg } = await scene.events.first({ event: 'read', seq: 2 });
    assert.match(
      String(msg),
      new RegExp(`observer read ${scene.key}: ${text}, Time difference: \\d+\\.\\d{6} seconds$`),
    );
    await scene.events.first({ event: 'handshake', seq: 2 });
    assert.match(
      (await scene.handshake()) ?? '',
      /^Handshake from (a?sync-observer) for Writer seq 2 micros \d+ timestamp \d+$/,
    );
    assert.deepEqual(scene.events.like({ event: 'read', seq: 2, caughtUp: true }), []);
  },

  async 'a writer without seq and micros is observed with second precision'(scene) {
    await scene.begin();
    await scene.node.set(scene.key, `Python01 timestamp ${Math.floor(Date.now() / 1000)}`);
    const { msg } = await eventually(() => {
      const [, second] = scene.events.like({ event: 'read' });
      assert.ok(second);
      return second;
    });
    assert.match(String(msg), /Python01 timestamp \d+, Time difference: \d+ seconds$/);
    await eventually(async () =>
      assert.match(
        (await scene.handshake()) ?? '',
        /^Handshake from \S+ for Python01 micros \d+ timestamp \d+$/,
      ),
    );
  },

  async 'conflated: writes during an observation cause one more read, and are counted'(scene) {
    await scene.begin();
    scene.home.hold();
    await scene.write(2);
    await untilReading(scene.home, scene.key);
    for (const seq of [3, 4, 5]) await scene.write(seq);
    await scene.release(scene.home);
    await scene.events.first({ event: 'handshake', seq: 5 });
    assert.equal(scene.events.like({ event: 'read', seq: 5, conflated: 3 }).length, 1);
    await scene.stop();
    // The read on connection, the one held, and the one that was pending. With tracking, the node itself conflates: it sends
    // no push until the next read.
    const reads = scene.reads(scene.tracking ? 2 : 3);
    await scene.events.first({ event: 'stopped', ...reads, observed: 2, conflated: 3, missed: 0 });
  },

  async 'known value: sends no second handshake'(scene) {
    await scene.begin();
    await scene.write(1);
    await scene.write(2);
    await scene.events.first({ event: 'handshake', seq: 2 });
    await scene.stop();
    await scene.events.first({ event: 'stopped', observed: 2, handshakes: 2 });
  },

  async 'restore: data received from another node also triggers a notification'(scene) {
    await scene.begin();
    const source = `${scene.key}:source`;
    await scene.node.set(source, scene.value(2));
    await scene.node.restore(scene.key, 0, (await scene.node.dumpBuffer(source)) ?? '', 'REPLACE');
    await scene.events.first({ event: 'handshake', seq: 2 });
    assert.deepEqual(scene.events.like({ event: 'read', seq: 2, caughtUp: true }), []);
  },

  async 'rolled back: an older value causes a warning and no observation'(scene) {
    await scene.begin();
    await scene.write(5);
    await scene.events.first({ event: 'handshake', seq: 5 });
    await scene.write(3);
    const { level, value, newest } = await scene.events.first({ event: 'older' });
    assert.deepEqual({ level, value, newest }, { level: 40, value: scene.value(3), newest: scene.value(5) });
    await scene.write(6);
    await scene.events.first({ event: 'handshake', seq: 6 });
    assert.deepEqual(scene.events.like({ event: 'read', seq: 3 }), []);
    await scene.stop();
    await scene.events.first({ event: 'stopped', older: 1 });
  },

  async 'restarted: observes a writer that counts from 1 again'(scene) {
    await scene.begin();
    await scene.write(7);
    await scene.events.first({ event: 'handshake', seq: 7 });
    await scene.node.set(scene.key, scene.value(8).replace('seq 8', 'seq 1'));
    await eventually(() => assert.equal(scene.events.like({ event: 'handshake', seq: 1 }).length, 2));
  },

  async 'malformed: one warning each with the reason, no handshake'(scene) {
    await scene.begin();
    const before = await scene.handshake();
    const values: [string | Buffer, RegExp][] = [
      ['', /empty/],
      [Buffer.from([0xff, 0x00, 0xfe]), /binary/],
      ['x'.repeat(1_000_000), /1000000 characters/],
      ['Writer seq -4 micros 5 timestamp 6', /seq is not a whole number: -4/],
      ['Writer timestamp 17.5', /timestamp is not a whole number: 17.5/],
      ['Writer timestamp 99999999999999999999', /timestamp is too large/],
      ['Writer seq 4 micros 5', /no timestamp/],
      ['Writer timestamp 1725543675 and more', /and is not followed by a number/],
    ];
    for (const [i, [value, reason]] of values.entries()) {
      await scene.node.set(scene.key, value);
      const event = await eventually(() => {
        const found = scene.events.like({ event: 'malformed' })[i];
        assert.ok(found, String(reason));
        return found;
      });
      assert.match(String(event.reason), reason);
      assert.ok(String(event.value).length <= 201);
    }
    assert.equal(await scene.handshake(), before);
    await scene.write(2);
    await scene.events.first({ event: 'handshake', seq: 2 });
    await scene.stop();
    await scene.events.first({ event: 'stopped', malformed: values.length });
  },

  async 'deleted between notification and read: a warning, no handshake'(scene) {
    await scene.begin();
    scene.home.hold();
    await scene.write(2);
    await untilReading(scene.home, scene.key);
    await scene.node.del(scene.key);
    await scene.release(scene.home);
    const { reason } = await scene.events.first({ event: 'malformed' });
    assert.match(String(reason), /gone/);
    await scene.write(3);
    await scene.events.first({ event: 'handshake', seq: 3 });
    assert.deepEqual(scene.events.like({ event: 'read', seq: 2 }), []);
  },

  async 'wrong type at the time of the read: a warning, no handshake'(scene) {
    await scene.begin();
    scene.home.hold();
    await scene.write(2);
    await untilReading(scene.home, scene.key);
    await scene.node.multi().del(scene.key).rpush(scene.key, 'one').exec();
    await scene.release(scene.home);
    const { reason } = await scene.events.first({ event: 'malformed' });
    assert.match(String(reason), /not a string/);
    await scene.node.del(scene.key);
    await scene.write(3);
    await scene.events.first({ event: 'handshake', seq: 3 });
  },

  async 'stopped during an observation: finishes it first'(scene) {
    await scene.begin();
    scene.home.hold();
    await scene.write(2);
    await untilReading(scene.home, scene.key);
    const stopped = scene.stop();
    await scene.release(scene.home);
    await stopped;
    assert.match((await scene.handshake()) ?? '', /seq 2 /);
    await scene.events.first({ event: 'stopped', handshakes: 2 });
  },
};
