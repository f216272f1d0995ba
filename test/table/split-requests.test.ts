/** Splitting the bytes of a client into requests. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { argumentsOf, RequestError } from '../../table/request.ts';
import { splitInline } from '../../table/split-inline.ts';
import { RequestSplitter } from '../../table/split-requests.ts';
import { encode } from '../../toolkit/node/resp.ts';

const MAX = 4_096;

/** Returns the requests in chunks of bytes, each as its arguments, then the error if there is one. */
function split(chunks: readonly Buffer[], maxBytes = MAX): (string[] | string)[] {
  const splitter = new RequestSplitter(maxBytes);
  const found: (string[] | string)[] = [];
  try {
    for (const chunk of chunks) {
      splitter.add(chunk);
      while (splitter.next()) {
        const { bytes, start, end } = splitter;
        const args = argumentsOf(splitter);
        assert.equal(bytes.toString('latin1', start, end), encode([args]));
        found.push(args.map((arg) => arg.toString('latin1')));
      }
    }
  } catch (error) {
    assert.ok(error instanceof RequestError, String(error));
    found.push(error.message);
  }
  return found;
}

const splitText = (text: string, maxBytes?: number) => split([Buffer.from(text, 'latin1')], maxBytes);

const argument = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const request = fc.array(argument, { minLength: 1, maxLength: 12 });
const requests = fc.array(request, { maxLength: 20 });

/** Cuts bytes at these positions. */
function cut(bytes: Buffer, positions: readonly number[]): Buffer[] {
  const at = [0, ...positions.map((n) => n % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  // Copies, because memory of the system is not adjacent either.
  return at.slice(1).map((end, i) => Buffer.from(bytes.subarray(at[i], end)));
}

test('finds the same requests, independent of chunk boundaries', () => {
  fc.assert(
    fc.property(requests, fc.array(fc.nat(), { maxLength: 30 }), (all, positions) => {
      const chunks = cut(Buffer.from(encode(all), 'latin1'), positions);
      assert.deepEqual(
        split(chunks),
        all.map((args) => args.map((arg) => arg.toString('latin1'))),
      );
    }),
    { numRuns: 500 },
  );
});

test('finds requests that arrive byte by byte', () => {
  const all = [['SET', 'k', 'x'.repeat(300)], ['PING'], ['GET', '']];
  const bytes = Buffer.from(`${encode(all)}PING inline\r\n\r\n*0\r\n${encode([['LAST']])}`);
  assert.deepEqual(split(Array.from(bytes, (byte) => Buffer.of(byte))), [
    ...all,
    ['PING', 'inline'],
    ['LAST'],
  ]);
});

/** Text of tokens from which both valid and invalid requests are likely. */
const almostRequests = fc
  .array(
    fc.constantFrom(
      ...['*', '$', '1', '2', '0', '-', '\r\n', '\r', '\n', ' ', '"', "'", '\\', 'GET', 'x', '\0', 'é'],
      ...[
        '*1\r\n',
        '*2\r\n',
        '$4\r\nPING\r\n',
        '$1\r\nk\r\n',
        '*1\r\n$4\r\nPING\r\n',
        'PING\r\n',
        '99999999999',
      ],
    ),
    { maxLength: 40 },
  )
  .map((tokens) => Buffer.from(tokens.join(''), 'latin1'));

test('any input gives the same requests and the same error, independent of chunk boundaries', () => {
  fc.assert(
    fc.property(almostRequests, fc.array(fc.nat(), { maxLength: 30 }), (bytes, positions) => {
      assert.deepEqual(split(cut(bytes, positions)), split([bytes]));
    }),
    { numRuns: 2_000 },
  );
});

test('rejects invalid requests in the words of the servers', () => {
  const invalid = (kind: string) => `Protocol error: invalid ${kind} length`;
  for (const [text, error] of [
    ['*x\r\n', invalid('multibulk')],
    ['*\r\n', invalid('multibulk')],
    ['*-1\r\n', invalid('multibulk')],
    ['*01\r\n', invalid('multibulk')],
    ['*+1\r\n', invalid('multibulk')],
    ['*1\r\r', invalid('multibulk')],
    ['*12345678901\r\n', invalid('multibulk')],
    ['*1\r\n:1\r\n', "Protocol error: expected '$', got ':'"],
    ['*1\r\n\0', "Protocol error: expected '$', got '\\x00'"],
    ['*1\r\n$-1\r\n', invalid('bulk')],
    ['*1\r\n$04\r\nPING\r\n', invalid('bulk')],
    ['*1\r\n$4\r\nPING!!', 'Protocol error: expected CRLF after an argument'],
    ['SET "k\r\n', 'Protocol error: unbalanced quotes in request'],
    ['SET "k"x\r\n', 'Protocol error: unbalanced quotes in request'],
    ['SET \0\r\n', 'Protocol error: unbalanced quotes in request'],
    ['x'.repeat(70_000), 'Protocol error: too big inline request'],
  ] as const)
    assert.deepEqual(splitText(`${encode([['PING']])}${text}`, 2 ** 20), [['PING'], error], text);
});

test('rejects a request above the limit as soon as its size is known', () => {
  const tooLarge =
    'the request is larger than 4096 bytes: send several requests, or raise TABLE_MAX_REQUEST_BYTES';
  const largest = MAX - '*1\r\n$4085\r\n'.length;
  assert.deepEqual(splitText(encode([['x'.repeat(largest)]])), [['x'.repeat(largest)]]);
  assert.deepEqual(splitText(`*1\r\n$${largest + 1}\r\n`), [tooLarge]);
  assert.deepEqual(splitText('*1000000\r\n'), [tooLarge]);
  assert.deepEqual(splitText(encode([Array(500).fill('0123456789')])), [tooLarge]);
  assert.deepEqual(splitText('*2\r\n$9999999999\r\n'), [tooLarge]);
});

test('splits inline commands like the servers', () => {
  for (const [line, args] of [
    ['', []],
    [' \t ', []],
    ['PING', ['PING']],
    ['  SET  k \t v\r', ['SET', 'k', 'v']],
    ['SET "a b" \'c d\'', ['SET', 'a b', 'c d']],
    ['SET "" \'\'', ['SET', '', '']],
    ['SET pre"fix" x', ['SET', 'prefix', 'x']],
    ['SET "\\x41\\n\\r\\t\\b\\a\\"\\\\\\q"', ['SET', 'A\n\r\t\b\x07"\\q']],
    ["SET 'it\\'s \\n'", ['SET', "it's \\n"]],
    ['"\\x54ABLE.HELP"', ['TABLE.HELP']],
    ['SET \xff\xa0', ['SET', '\xff\xa0']],
  ] as const)
    assert.deepEqual(
      splitInline(Buffer.from(line, 'latin1'))?.map((arg) => arg.toString('latin1')),
      args,
      line,
    );
  for (const line of ['"', "'", '"a', "'a\\'", '"a\\"', '"a"b', "'a'b", 'a"b"c'])
    assert.equal(splitInline(Buffer.from(line)), undefined, line);
});
