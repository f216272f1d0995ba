import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Observations } from '../../common/observations.ts';
import { readSettings } from '../../common/settings.ts';
import { Events } from '../helpers/events.ts';

function observer() {
  const events = new Events();
  return { events, observations: new Observations(readSettings({}, 'sync-observer'), events.log) };
}

test('every write is observed, conflated or missed, and the counts add up', () => {
  const { observations } = observer();
  const reads: [number, 'notified' | 'connected' | 'recheck'][] = [
    [10, 'connected'],
    [11, 'notified'],
    [15, 'notified'],
    [15, 'notified'],
    [18, 'recheck'],
    [19, 'recheck'],
    [20, 'notified'],
  ];
  for (const [seq, cause] of reads)
    observations.judge(`Writer seq ${seq} micros ${seq}000 timestamp 1`, cause);
  const { observed, caughtUp, conflated, missed } = observations.counts;
  assert.deepEqual(
    { observed, caughtUp, conflated, missed },
    { observed: 6, caughtUp: 3, conflated: 3, missed: 4 },
  );
  const first = 1;
  assert.equal(observed - caughtUp + conflated + missed, 20 - 10 + 1 - first);
});

test('a recheck does not complain twice of the same value, a notification does', () => {
  const { observations, events } = observer();
  for (const cause of ['connected', 'recheck', 'recheck'] as const) observations.judge('nonsense', cause);
  assert.equal(observations.counts.malformed, 1);
  observations.judge('nonsense', 'notified');
  assert.equal(events.like({ event: 'malformed' }).length, 2);
  observations.judge('other nonsense', 'recheck');
  assert.equal(observations.counts.malformed, 3);
});

test('a key that nobody has written yet is no complaint', () => {
  const { observations } = observer();
  for (const cause of ['connected', 'recheck'] as const)
    assert.equal(observations.judge(null, cause), undefined);
  assert.equal(observations.counts.malformed, 0);
});

test('what strangers write does not grow memory', () => {
  const { observations } = observer();
  for (let i = 0; i < 1_000; i += 1) observations.judge(`Stranger${i} timestamp 5`, 'notified');
  assert.equal(observations.judge('Stranger999 timestamp 5', 'notified'), undefined);
  assert.ok(observations.judge('Stranger0 timestamp 5', 'notified'), 'the oldest writer is forgotten');
});
