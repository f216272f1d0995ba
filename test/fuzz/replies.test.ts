/** Tests the reply limits before the client libraries' decoders, and the decoder of the tools. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_DEPTH, MAX_ELEMENTS, MAX_REPLY_BYTES, ReplyLimits } from '../../common/reply-limits.ts';
import { Decoder, type Reply, ReplyError } from '../../toolkit/node/resp.ts';
import { check } from './check.ts';
import { HOSTILE_CASES, randomCases } from './hostile-cases.ts';

const line = fc.stringMatching(/^[ -~]{0,30}$/);
const plain = fc.oneof(
  line.map((text) => `+${text}\r\n`),
  line.map((text) => `-ERR ${text}\r\n`),
  fc.maxSafeInteger().map((number) => `:${number}\r\n`),
  fc
    .uint8Array({ maxLength: 100 })
    .map((bytes) => `$${bytes.length}\r\n${Buffer.from(bytes).toString('latin1')}\r\n`),
  fc.constantFrom('$-1\r\n', '*-1\r\n', '*0\r\n'),
);
/** RESP2 replies, which both can parse. */
const reply = fc.letrec<{ reply: string }>((tie) => ({
  reply: fc.oneof(
    { depthSize: 'small', maxDepth: 8 },
    plain,
    fc.array(tie('reply'), { maxLength: 5 }).map((items) => `*${items.length}\r\n${items.join('')}`),
  ),
})).reply;
const pieces = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 });

/** Splits the bytes into chunks of these sizes, repeated. */
function* cut(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

function limited(text: string, sizes = [1 << 16]): string | undefined {
  const limits = new ReplyLimits();
  try {
    for (const piece of cut(Buffer.from(text, 'latin1'), sizes)) limits.pass(piece);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function parsed(text: string, sizes = [1 << 16]): Reply[] {
  const replies: Reply[] = [];
  const add = (message: Reply) => replies.push(message);
  const decoder = new Decoder(add, add);
  for (const piece of cut(Buffer.from(text, 'latin1'), sizes)) decoder.take(piece);
  return replies;
}

/** Encodes a reply like a server. */
function written(reply: Reply): string {
  if (reply === null) return '$-1\r\n';
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (typeof reply === 'string') return `+${reply}\r\n`;
  if (reply instanceof ReplyError) return `-${reply.message}\r\n`;
  if (Array.isArray(reply)) return `*${reply.length}\r\n${reply.map(written).join('')}`;
  return `$${reply.length}\r\n${reply.toString('latin1')}\r\n`;
}

test('accepts valid replies, independent of chunk boundaries', () => {
  check([fc.array(reply, { maxLength: 10 }), pieces], (replies, sizes) => {
    assert.equal(limited(replies.join(''), sizes), undefined);
    const read = parsed(replies.join(''), sizes);
    assert.equal(read.length, replies.length);
    assert.equal(read.map(written).join(''), replies.join('').replaceAll('*-1\r\n', '$-1\r\n'));
  });
});

test('any input yields replies, an incomplete reply, or a readable error, independent of chunk boundaries', () => {
  const texts = randomCases(2_000, 1).map(({ bytes }) => bytes);
  check(
    [fc.constantFrom(...texts), pieces],
    (text, sizes) => {
      assert.equal(limited(text, sizes), limited(text));
      assert.match(limited(text) ?? 'sent', /^(sent|announced)[ -~]*$/);
      assert.equal(outcome(text, sizes), outcome(text));
    },
    5_000,
  );
});

/** Replies that are invalid at or before their last byte. */
const BROKEN = [
  ...['@5\r\n', 'HTTP/1.1', '\r\n', '\x00', '+ok\rx'],
  ...[
    '$5x\r\n',
    '$-5\r\n',
    '$\r\n',
    '$--1\r\n',
    '*1x\r\n',
    '*-2\r\n',
    '=3\r\nabc\r\n',
    '#tt\r\n',
    '_x\r\n',
    '%-1\r\n',
  ],
  ...[`$${MAX_REPLY_BYTES + 1}\r\n`, `*${MAX_ELEMENTS + 1}\r\n`, '*1\r\n'.repeat(MAX_DEPTH + 1)],
];

test('rejects an invalid reply at one of its own bytes, and then all further data', () => {
  check([fc.array(reply, { maxLength: 5 }), fc.constantFrom(...BROKEN)], (replies, broken) => {
    const valid = replies.join('').length;
    const limits = new ReplyLimits();
    const pass = (byte: Buffer) => limits.pass(byte);
    const bytes = [...cut(Buffer.from(`${replies.join('')}${broken}+OK\r\n`, 'latin1'), [1])];
    const rejectedAt = bytes.findIndex((byte) => {
      try {
        pass(byte);
        return false;
      } catch {
        return true;
      }
    });
    assert.ok(rejectedAt >= valid && rejectedAt < valid + broken.length, `rejected at byte ${rejectedAt}`);
    assert.throws(() => pass(Buffer.from('+OK\r\n')));
  });
});

/** Returns the decoded replies of a text, or the error. */
function outcome(text: string, sizes?: number[]): string {
  try {
    return parsed(text, sizes).map(written).join('');
  } catch (error) {
    assert.match((error as Error).message, /^(invalid RESP|a reply that exceeds a size limit)/);
    return (error as Error).message;
  }
}

test('the decoder of the tools rejects or decodes every hostile case', () => {
  for (const { bytes } of HOSTILE_CASES) outcome(bytes);
});

test('each limit is exact to the byte, the element, and the level', () => {
  const string = (length: number) => `$${length}\r\n${'a'.repeat(length)}\r\n`;
  const header = `$${MAX_REPLY_BYTES}\r\n`.length + 2;
  assert.equal(limited(string(MAX_REPLY_BYTES - header)), undefined);
  assert.match(limited(string(MAX_REPLY_BYTES - header + 1)) ?? '', /more than 8388608 bytes/);
  assert.match(limited(`+${'a'.repeat(MAX_REPLY_BYTES)}`) ?? '', /more than 8388608 bytes/);
  assert.equal(limited(`*${MAX_ELEMENTS}\r\n${'_\r\n'.repeat(MAX_ELEMENTS)}`), undefined);
  assert.match(limited(`*${MAX_ELEMENTS + 1}\r\n`) ?? '', /more than 10000 elements/);
  assert.match(limited(`%${MAX_ELEMENTS / 2 + 1}\r\n`) ?? '', /more than 10000 elements/);
  assert.equal(limited(`${'*1\r\n'.repeat(MAX_DEPTH)}_\r\n`), undefined);
  assert.match(limited('*1\r\n'.repeat(MAX_DEPTH + 1)) ?? '', /nested more than 16 deep/);
  // Limits apply to one reply, not to a connection.
  assert.equal(limited(`*${MAX_ELEMENTS}\r\n${'_\r\n'.repeat(MAX_ELEMENTS)}`.repeat(20)), undefined);
  assert.equal(limited(string(2 ** 20).repeat(20)), undefined);
});
