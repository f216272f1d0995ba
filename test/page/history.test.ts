/** The history of the live page: samples, seconds, and log lines. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OtherObservers } from '../../monitor/live/other-observers.ts';
import { PageLog } from '../../monitor/live/page-log.ts';
import { Samples } from '../../monitor/live/samples.ts';
import { Seconds } from '../../monitor/live/seconds.ts';

const STARTED = 'process_start_time_seconds';

test('keeps each sample of a slow writer, four a second of a fast one, and ten minutes', () => {
  const samples = new Samples();
  for (let i = 0; i < 3; i += 1) samples.add('slow', 'roundTrip', i * 10_000, 0.001);
  for (let i = 0; i < 700_000; i += 1) samples.add('fast', 'difference', i, i / 1e3);
  assert.deepEqual(samples.all.slow, {
    roundTrip: [
      [0, 0.001],
      [10_000, 0.001],
      [20_000, 0.001],
    ],
    difference: [],
  });
  const kept = samples.all.fast?.difference ?? [];
  assert.equal(kept.length, 2_400);
  const [at = 0] = kept[0] ?? [];
  assert.ok(at >= 99_000 && at <= 101_000, `${at}`);
});

test('a burst of writes keeps up to four samples', () => {
  const samples = new Samples();
  for (let i = 0; i < 10; i += 1) samples.add('o', 'roundTrip', 60_000 + i, i);
  assert.deepEqual(
    samples.takeChanges()?.o?.roundTrip.map(([, seconds]) => seconds),
    [0, 1, 2, 3],
  );
  assert.equal(samples.takeChanges(), undefined);
});

test('any number of names of observers uses bounded memory', () => {
  const samples = new Samples();
  const others = new OtherObservers();
  for (let i = 0; i < 1_000; i += 1) {
    samples.add('real', 'roundTrip', i * 1_000, 1);
    samples.add(`o-${i}`, 'roundTrip', i * 1_000, 1);
    others.add(`o-${i}`, i * 1_000);
  }
  assert.equal(Object.keys(samples.all).length, 32);
  assert.equal(samples.all.real?.roundTrip.length, 1_000);
  const names = (now: number) => others.at(now).map(({ name }) => name);
  assert.equal(names(1_000_000).length, 16);
  assert.ok(names(1_000_000).includes('o-999'));
  assert.deepEqual(names(1_598_500), ['o-999'], 'ten minutes after its last handshake, an observer is gone');
});

/** Values of a writer and an observer, as the services send them. */
const writer = (writes: number, started = 1) => ({
  [STARTED]: started,
  'mesh_writes_total{outcome="acknowledged"}': writes,
  'mesh_writes_total{outcome="skipped"}': 99,
});
const observer = (notified: number, connected: number, conflated: number, missed: number) => ({
  [STARTED]: 1,
  'mesh_observations_total{cause="notified"}': notified,
  'mesh_observations_total{cause="connected"}': connected,
  mesh_writes_conflated_total: conflated,
  mesh_writes_missed_total: missed,
});

test('counts the events of each second, and omits a second without events', () => {
  const seconds = new Seconds();
  seconds.add('writer', 'writer', writer(1_000), 5_100);
  seconds.add('o', 'observer', observer(10, 1, 3, 2), 5_900);
  assert.deepEqual(seconds.takeChanges(6_000), [], 'counts before the first values have no time');
  seconds.add('writer', 'writer', writer(1_007), 6_100);
  seconds.add('o', 'observer', observer(13, 2, 5, 2), 6_900);
  assert.deepEqual(seconds.takeChanges(6_999), [], 'the second has not ended');
  const second = { at: 6, writes: 7, observers: { o: { observed: 4, conflated: 2, missed: 0 } } };
  assert.deepEqual(seconds.takeChanges(7_000), [second]);
  seconds.add('writer', 'writer', writer(1_007), 7_100);
  assert.deepEqual(seconds.takeChanges(8_000), []);
  assert.deepEqual(seconds.all, [second]);
});

test('a service that has started again counts from 0, and counts during a lost connection are omitted', () => {
  const seconds = new Seconds();
  const writes = () => seconds.all.map(({ at, writes }) => [at, writes]);
  seconds.add('writer', 'writer', writer(1_000), 1_000);
  seconds.forget('writer');
  seconds.add('writer', 'writer', writer(5_000), 5_000);
  seconds.add('writer', 'writer', writer(5_001), 6_000);
  seconds.forget('writer');
  seconds.add('writer', 'writer', writer(3, 2), 9_000);
  seconds.takeChanges(10_000);
  assert.deepEqual(writes(), [
    [6, 1],
    [9, 3],
  ]);
});

test('the log keeps 42 lines of a second and counts the others, but omits no warning', () => {
  const log = new PageLog();
  const line = (level: number, i: number) => ({
    level,
    time: i,
    service: 'writer',
    event: 'e',
    msg: `line ${i}`,
  });
  for (let i = 0; i < 100; i += 1) log.add(line(i % 10 === 0 ? 40 : 30, i), 5_999);
  log.omit(5);
  const { log: added, omittedLines } = log.takeChanges();
  assert.equal(added.filter(({ level }) => level === 'warn').length, 10);
  assert.equal(added.filter(({ level }) => level === 'info').length, 42);
  assert.equal(omittedLines, 53);
  log.add(line(30, 100), 5_999);
  assert.deepEqual(log.takeChanges(), { log: [], omittedLines: 1 });
  log.add(line(50, 100), 6_000);
  const entry = { at: 100, source: 'writer', level: 'error', event: 'e', text: 'line 100' };
  assert.deepEqual(log.takeChanges(), { log: [entry], omittedLines: 0 });
  for (let i = 0; i < 1_000; i += 1) log.add(line(40, i));
  assert.equal(log.all.length, 200);
});
