/** Tests the findings and totals of a source and one replica. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pair } from '../../lab/verifier/compare/pair.ts';

/** The tested code does not use the nodes. */
const newPair = () => new Pair({ name: 'source' } as never, { name: 'replica' } as never);

test('a key that SCAN returns twice is one suspect, with its first state', () => {
  const pair = newPair();
  pair.suspect(Buffer.from('k'), 'source', true);
  pair.suspect(Buffer.from('k'), 'replica', false);
  pair.suspect(Buffer.from('other'), 'replica', false);
  assert.equal(pair.suspects, 2);
  const moved = { source: false, replica: false };
  assert.deepEqual(pair.takeSuspects(), [
    { key: Buffer.from('k'), seenOn: 'source', common: true, moved },
    { key: Buffer.from('other'), seenOn: 'replica', common: false, moved },
  ]);
  assert.deepEqual([pair.suspects, pair.takeSuspects()], [0, []]);
});

test('keys that differ in one byte of any value are different suspects', () => {
  const pair = newPair();
  for (const byte of [0, 127, 128, 233, 255]) pair.suspect(Buffer.from([byte]), 'source', true);
  assert.equal(pair.suspects, 5);
});

test('a suspect keeps its key when the receive buffer is reused', () => {
  const pair = newPair();
  const chunk = Buffer.from('key');
  pair.suspect(chunk, 'source', true);
  chunk.fill('x');
  assert.equal(pair.takeSuspects()[0]?.key.toString(), 'key');
});

test('a new pair has no findings and no known replication lag', () => {
  const { findings, replication } = newPair();
  assert.deepEqual(findings, { missing: [], extra: [], type: [], value: [], ttl: [] });
  assert.deepEqual(replication, { down: [], behind: [] });
});

test('findings are counted by kind, and kept up to the limit', () => {
  const pair = newPair();
  assert.equal(pair.found, 0);
  const state = { type: 'string', digest: '', expiresAt: -1 };
  const finding = { db: { source: 0, replica: 0 }, key: Buffer.from('k'), source: state, replica: state };
  for (let i = 0; i < 3; i++) pair.add('missing', { ...finding, key: Buffer.from(`${i}`) }, 2);
  pair.add('ttl', finding, 0);
  pair.add('value', { ...finding, differences: { shown: [], more: 0 } }, 1);
  assert.deepEqual(pair.counts, { missing: 3, extra: 0, type: 0, value: 1, ttl: 1 });
  assert.deepEqual(
    pair.findings.missing.map(({ key }) => key.toString()),
    ['0', '1'],
  );
  assert.deepEqual([pair.findings.ttl.length, pair.findings.value.length], [0, 1]);
  assert.equal(pair.found, 5);
});

test('a suspect changes the totals only if its first state was wrong', () => {
  for (const [seenOn, common, onBoth, expected] of [
    ['source', true, true, { source: 10, replica: 10, common: 10 }],
    ['source', false, false, { source: 10, replica: 10, common: 10 }],
    ['replica', false, false, { source: 10, replica: 10, common: 10 }],
    ['source', true, false, { source: 10, replica: 10, common: 9 }],
    ['source', false, true, { source: 10, replica: 10, common: 11 }],
    ['replica', false, true, { source: 11, replica: 10, common: 11 }],
    ['replica', true, false, { source: 10, replica: 10, common: 9 }],
  ] as const) {
    const pair = newPair();
    Object.assign(pair.totals, { source: 10, replica: 10, common: 10 });
    pair.suspect(Buffer.from('k'), seenOn, common);
    for (const suspect of pair.takeSuspects()) pair.settle(suspect, onBoth);
    assert.deepEqual(pair.totals, expected, `${seenOn} ${common} ${onBoth}`);
  }
});

test('duplicates of the source are subtracted from the common keys, duplicates of the replica are not', () => {
  const pair = newPair();
  Object.assign(pair.totals, { source: 10, replica: 10, common: 10 });
  pair.dropDoubles('source', 2);
  assert.deepEqual(pair.totals, { source: 8, replica: 10, common: 8 });
  pair.dropDoubles('replica', 3);
  assert.deepEqual(pair.totals, { source: 8, replica: 7, common: 8 });
});
