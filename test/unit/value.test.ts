import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compareAge,
  formatHandshake,
  formatValue,
  parseHandshakeName,
  parseValue,
  shown,
  type Value,
} from '../../common/value.ts';

function value(text: string): Value {
  const parsed = parseValue(text);
  assert.ok(parsed.ok, text);
  return parsed.value;
}

test('parses valid values', () => {
  const cases: [string, Omit<Value, 'text'>][] = [
    [
      'Writer seq 42 micros 1725543675123456 timestamp 1725543675',
      { name: 'Writer', seq: 42, micros: 1725543675123456, timestamp: 1725543675 },
    ],
    ['Python01 timestamp 1725543675', { name: 'Python01', timestamp: 1725543675 }],
    ['Sensor Room 2 seq 4 timestamp 5', { name: 'Sensor Room 2', seq: 4, timestamp: 5 }],
    ['Writer seq 4 temperature -21.5 timestamp 5', { name: 'Writer', seq: 4, timestamp: 5 }],
    ['W timestamp 0', { name: 'W', timestamp: 0 }],
    [' W  timestamp 7 ', { name: 'W', timestamp: 7 }],
    ['W count 3 timestamp 5', { name: 'W count 3', timestamp: 5 }],
    ['W seq 1 count 3 ratio 0.25 timestamp 5', { name: 'W', seq: 1, timestamp: 5 }],
    [`${'x'.repeat(988)} timestamp 5`, { name: 'x'.repeat(988), timestamp: 5 }],
    ['Schreiber Ümlaut 🙂 timestamp 7', { name: 'Schreiber Ümlaut 🙂', timestamp: 7 }],
  ];
  for (const [text, expected] of cases) assert.deepEqual(value(text), { ...expected, text });
});

test('rejects malformed values with the reason', () => {
  const cases: [string, RegExp][] = [
    ['', /empty/],
    ['   ', /no timestamp/],
    ['\u0000\u0001', /binary/],
    [Buffer.from([0xc3, 0x28, 0xff]).toString('utf8'), /binary/],
    ['Writer seq 1\ntimestamp 5', /control characters/],
    ['x'.repeat(1 << 20), /1048576 characters/],
    [`${'x'.repeat(989)} timestamp 5`, /^it has 1001 characters, more than 1000$/],
    ['Writer', /no timestamp/],
    ['Writer seq 4', /no timestamp/],
    ['Writer seq 4 micros 5', /no timestamp/],
    ['timestamp 5', /no name/],
    ['seq 4 timestamp 5', /no name/],
    ['Writer timestamp', /a word trails at the end: timestamp/],
    ['Writer timestamp -5', /timestamp is not a whole number: -5/],
    ['Writer timestamp 5.5', /timestamp is not a whole number: 5\.5/],
    ['Writer timestamp 1e9', /timestamp is not a whole number: 1e9/],
    ['Writer timestamp 0x10', /timestamp is not a whole number/],
    ['Writer timestamp five', /timestamp is not a whole number: five/],
    ['Writer timestamp 9007199254740992', /timestamp is too large/],
    [`Writer seq ${'9'.repeat(400)} timestamp 5`, /seq is too large: 9{40}…$/],
    ['Writer seq -1 timestamp 5', /seq is not a whole number: -1/],
    ['Writer micros 1.5 timestamp 5', /micros is not a whole number/],
    ['Writer timestamp 5 seq 4', /timestamp is not its last pair/],
    ['Writer timestamp 5 trailing', /a word trails at the end: trailing/],
    ['Writer timestamp 5 trailing words', /trailing is not followed by a number/],
    ['Writer seq 1 count x3 timestamp 5', /^count is not followed by a number$/],
    ['Writer seq 1 count 3x timestamp 5', /^count is not followed by a number$/],
    ['Writer seq 1 count 3. timestamp 5', /^count is not followed by a number$/],
    ['Writer seq 1 seq 2 timestamp 5', /seq occurs twice/],
    ['Writer timestamp 5 timestamp 6', /timestamp occurs twice/],
  ];
  for (const [text, reason] of cases) {
    const parsed = parseValue(text);
    assert.equal(parsed.ok, false, shown(text));
    assert.match(parsed.reason, reason);
  }
});

test('parses every formatted value; the last word is the Unix second of its micros', () => {
  const text = formatValue('Writer', 42, 1725543675999999);
  assert.equal(text, 'Writer seq 42 micros 1725543675999999 timestamp 1725543675');
  assert.equal(Number.parseInt(text.split(' ').at(-1) ?? '', 10), 1725543675);
  assert.equal(formatValue(value(text).name, value(text).seq, value(text).micros ?? 0), text);
});

test('a handshake names its observer and writer, and has a seq only if the write has one', () => {
  for (const text of ['Sensor Room 2 seq 7 timestamp 5', 'Sensor Room 2 timestamp 5']) {
    const classic = formatHandshake('sync-observer', value(text), 6_000_001, 'classic');
    assert.equal(classic, 'Handshake from sync-observer for Sensor Room 2 timestamp 5');
  }
  const handshake = formatHandshake('sync-observer', value('Sensor Room 2 seq 7 timestamp 5'), 6_000_001);
  assert.equal(handshake, 'Handshake from sync-observer for Sensor Room 2 seq 7 micros 6000001 timestamp 6');
  assert.deepEqual(parseHandshakeName(value(handshake).name), {
    observer: 'sync-observer',
    writer: 'Sensor Room 2',
  });
  assert.equal(
    formatHandshake('o', value('P timestamp 5'), 6_000_001),
    'Handshake from o for P micros 6000001 timestamp 6',
  );
  const others = ['Writer', 'Handshake from o', 'a Handshake from o for W', 'Handshake from o for W\nX'];
  for (const other of others) assert.equal(parseHandshakeName(other), undefined, other);
});

test('compares the age by micros, otherwise by timestamp, and never by seq', () => {
  const cases: [string, string, ReturnType<typeof compareAge>][] = [
    ['W seq 1 micros 2000000 timestamp 2', 'W seq 9 micros 1000000 timestamp 1', 'newer'],
    ['W seq 9 micros 1000000 timestamp 1', 'W seq 1 micros 2000000 timestamp 2', 'older'],
    ['W micros 1000001 timestamp 1', 'W micros 1000000 timestamp 1', 'newer'],
    ['W micros 1000000 timestamp 1', 'W micros 1000001 timestamp 1', 'older'],
    ['W seq 2 micros 1000000 timestamp 1', 'W seq 1 micros 1000000 timestamp 1', 'newer'],
    ['W timestamp 5', 'W timestamp 5', 'same'],
    ['W seq 2 timestamp 5', 'W seq 1 timestamp 5', 'newer'],
    ['W timestamp 4', 'W timestamp 5', 'older'],
    ['W timestamp 5', 'W micros 5900000 timestamp 5', 'newer'],
    ['W timestamp 4', 'W micros 5900000 timestamp 5', 'older'],
    ['W micros 5900000 timestamp 5', 'W timestamp 5', 'newer'],
  ];
  for (const [one, other, expected] of cases)
    assert.equal(compareAge(value(one), value(other)), expected, `${one} / ${other}`);
});

test('shown values are printable and short', () => {
  assert.equal(shown('a\u0007b\n'), 'a�b�');
  assert.equal(shown('x'.repeat(200)), 'x'.repeat(200));
  assert.equal(shown('x'.repeat(201)), `${'x'.repeat(200)}…`);
});
