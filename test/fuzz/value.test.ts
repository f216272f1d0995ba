/** Tests the value grammar on any text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  compareAge,
  formatHandshake,
  formatValue,
  parseHandshakeName,
  parseValue,
  shown,
  type Value,
} from '../../common/value.ts';
import { History } from '../../writer/history.ts';
import { anyText, check } from './check.ts';

const text = anyText(
  'seq',
  'micros',
  'timestamp',
  'Writer',
  'Handshake from',
  'for',
  '9007199254740993',
  '-1',
  '1e9',
);
const count = fc.maxSafeNat();
const word = fc
  .stringMatching(/^[^\p{C}\uFFFD\s]{1,20}$/u)
  .filter((one) => !/^(seq|micros|timestamp)$/.test(one));
const name = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(' '));
const service = fc.stringMatching(/^[\w.-]{1,40}$/);
const value: fc.Arbitrary<Value> = fc
  .record({
    name,
    seq: fc.option(fc.nat(9), { nil: undefined }),
    micros: fc.option(fc.nat(9), { nil: undefined }),
    timestamp: fc.nat(3),
  })
  .map(({ name, seq, micros, timestamp }) => {
    const pairs = [seq === undefined ? '' : ` seq ${seq}`, micros === undefined ? '' : ` micros ${micros}`];
    return read(`${name}${pairs.join('')} timestamp ${timestamp}`);
  });

function read(text: string): Value {
  const parsed = parseValue(text);
  assert.ok(parsed.ok, parsed.ok ? '' : `${parsed.reason}: ${text}`);
  return parsed.value;
}

test('parses every formatted value, for any name and numbers', () => {
  check([name, fc.option(count, { nil: undefined }), count], (name, seq, micros) => {
    const { text, ...parts } = read(formatValue(name, seq, micros));
    const timestamp = Math.floor(micros / 1e6);
    assert.deepEqual(parts, { name, micros, timestamp, ...(seq !== undefined && { seq }) });
    assert.equal(Number.parseInt(text.split(' ').at(-1) ?? '', 10), timestamp);
  });
});

test('parses observer and writer from a handshake, for any names', () => {
  check([service, value, count], (observer, write, micros) => {
    const handshake = read(formatHandshake(observer, write, micros));
    assert.deepEqual(parseHandshakeName(handshake.name), { observer, writer: write.name });
    assert.equal(handshake.seq, write.seq);
  });
});

test('any invalid text is malformed, with a reason that is safe to log', () => {
  check(
    [text],
    (text) => {
      const parsed = parseValue(text);
      if (parsed.ok) assert.equal(parsed.value.text, text);
      else assert.match(parsed.reason, /^[^\p{C}]{1,200}$/u);
      assert.match(shown(text), /^[^\p{C}]{0,201}$/u);
      parseHandshakeName(text);
    },
    10_000,
  );
});

test('words quoted in a reason are safe to log', () => {
  const strange = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc
      .array(fc.constantFrom('\u202e', '\ue000', '\ud83d', '🙂', 'a'), { maxLength: 60 })
      .map((units) => units.join('')),
  );
  check(
    [strange, fc.constantFrom('W timestamp 5 ', 'W seq ', 'W timestamp '), fc.constantFrom('', ' 5')],
    (word, before, after) => {
      const parsed = parseValue(`${before}${word}${after}`);
      if (!parsed.ok) assert.match(parsed.reason, /^[^\p{C}]{1,200}$/u);
    },
  );
});

test('rejects a long text by its length before parsing', () => {
  const longest = 2 ** 26;
  for (const unit of ['timestamp 5 ', ' ', 'a', 'Handshake from a for ', '\u0000', '🙂']) {
    const parsed = parseValue(unit.repeat(longest / unit.length));
    assert.match(parsed.ok ? '' : parsed.reason, /^it has \d+ characters, more than 1000$/);
  }
});

test('parses the longest accepted text in one pass', () => {
  // A parser with backtracking would not end with so many repetitions.
  for (const unit of ['seq 1 ', ' ', '- ', '1.', 'Handshake from ', ' for ', '-1.1 ']) {
    for (let i = 0; i < 500; i += 1) parseValue(unit.repeat(Math.floor(1_000 / unit.length)));
  }
  parseHandshakeName('Handshake from a for '.repeat(50_000));
});

test('age is an order: no value is newer than itself, and one of two different values is at least as new', () => {
  check([value, value], (one, other) => {
    assert.equal(compareAge(one, one), 'same');
    const [forth, back] = [compareAge(one, other), compareAge(other, one)];
    if (forth === 'same') assert.equal(back, 'same');
    if (forth === 'older') assert.equal(back, 'newer');
  });
});

test('age by micros is a strict, transitive order', () => {
  const timed = fc.tuple(count, count).map(([seq, micros]) => read(formatValue('W', seq, micros)));
  check([timed, timed, timed], (...three) => {
    const [a, b, c] = three.sort((one, other) => (one.micros ?? 0) - (other.micros ?? 0)) as [
      Value,
      Value,
      Value,
    ];
    for (const [older, newer] of [
      [a, b],
      [b, c],
      [a, c],
    ] as const) {
      if (older.micros === newer.micros) continue;
      assert.deepEqual([compareAge(newer, older), compareAge(older, newer)], ['newer', 'older']);
    }
  });
});

test('a writer continues from any values under its name', () => {
  const found = fc.array(
    fc.tuple(count, count).map(([seq, micros]) => read(formatValue('Writer', seq, micros))),
  );
  const last = read(formatValue('Writer', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER));
  check([fc.oneof(found, fc.constant([last]))], (earlier) => {
    const history = new History('writer');
    history.start(earlier);
    const [first, second] = [history.next(), history.next()];
    assert.equal(compareAge(second, first), 'newer');
    assert.equal(second.seq, (first.seq ?? 0) + 1);
  });
});
