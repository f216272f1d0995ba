/** Tests the parsers of node lists and of the verifier's addresses on any input. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseNode, parseNodes } from '../../common/nodes.ts';
import { parseAddresses } from '../../toolkit/node/address.ts';
import { anyText, check, rejection, SETTING_WORDS } from './check.ts';

const text = anyText(...SETTING_WORDS);
const port = fc.integer({ min: 1, max: 65_535 });
const host = fc.oneof(fc.ipV4(), fc.domain(), fc.stringMatching(/^[a-z0-9_-]{1,20}$/));

test('parses any host and port, including IPv6, and parses the resulting name again', () => {
  check(
    [
      fc.oneof(
        host,
        fc.ipV6().map((ip) => `[${ip}]`),
      ),
      port,
    ],
    (host, port) => {
      const node = parseNode(`${host}:${port}`);
      assert.deepEqual([node.host, node.port], [host.replace(/^\[|\]$/g, ''), port]);
      assert.deepEqual(parseNode(node.name), node);
    },
  );
});

test('rejects a port out of range', () => {
  check(
    [
      host,
      fc.oneof(fc.integer({ min: 65_536 }), fc.integer({ max: 0 }), fc.double(), fc.constant('9'.repeat(50))),
    ],
    (host, port) => {
      assert.match(rejection(() => parseNode(`${host}:${port}`)) ?? '', /a port from 1 to 65535/);
    },
  );
});

test('parses a list of nodes, and rejects duplicates', () => {
  check([fc.array(fc.tuple(host, port), { minLength: 2, maxLength: 50 })], (pairs) => {
    const names = pairs.map(([host, port]) => `${host}:${port}`);
    const different = new Set(names).size === names.length;
    for (const parse of [parseNodes, (list: string) => parseAddresses(list, {})]) {
      const message = rejection(() =>
        assert.deepEqual(
          parse(names.join(',')).map(({ name }) => name),
          names,
        ),
      );
      if (different) assert.equal(message, undefined);
      else assert.match(message ?? '', /each node once, but .* is listed twice/);
    }
  });
});

test('parses verifier addresses with any user, password, and database, and keeps them out of the name', () => {
  const word = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((one) => !/\p{Cs}/u.test(one));
  check(
    [
      word,
      word,
      fc.oneof(
        fc.ipV4(),
        fc.ipV6().map((ip) => `[${ip}]`),
      ),
      port,
      fc.nat(999_999),
    ],
    (username, password, host, port, db) => {
      const credentials = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
      const [address] = parseAddresses(`redis://${credentials}@${host}:${port}/${db},other:1`, {});
      assert.deepEqual(
        [address?.username, address?.password, address?.port, address?.db],
        [username, password, port, db],
      );
      assert.deepEqual(parseNode(address?.name ?? '').port, port);
    },
  );
});

test('any text yields addresses or a readable error', () => {
  check(
    [text],
    (text) => {
      const message = rejection(() => parseAddresses(text, {}));
      if (message !== undefined) assert.match(message, /^[^\p{C}]{1,2000}$/u);
      rejection(() => parseNodes(text));
    },
    10_000,
  );
});

test('rejects a huge list in one pass', () => {
  for (const unit of ['a:1,', ',', '[', 'redis://', '@', 'a', ' ', '[::1]:1,']) {
    const list = unit.repeat(100_000 / unit.length);
    assert.equal(typeof rejection(() => parseAddresses(list, {})), 'string');
    assert.equal(typeof rejection(() => parseNodes(list)), 'string');
  }
});
