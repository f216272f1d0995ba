/** Tests the parts of the verifier that need no server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testCommands } from '../../lab/verifier/insert/test-data.ts';
import { BatchSize } from '../../lab/verifier/read/batch-size.ts';
import { parseAddresses } from '../../toolkit/node/address.ts';
import { callsOf, hasLinks, parseInfo } from '../../toolkit/node/info.ts';
import { linksBehind, linksDown } from '../../toolkit/node/replication.ts';
import { Decoder, encode, InvalidReply, type Reply, ReplyError } from '../../toolkit/node/resp.ts';
import { printable, printableCut } from '../../toolkit/printable.ts';
import { progressLine } from '../../toolkit/progress.ts';

test('decodes replies and pushes in order, independent of chunk boundaries', () => {
  const version2 = '*4\r\n$3\r\na\r\n\r\n:-12\r\n$-1\r\n*1\r\n+OK\r\n-ERR no\r\n$0\r\n\r\n*0\r\n*-1\r\n';
  const version3 = '>2\r\n+message\r\n$1\r\nk\r\n_\r\n%1\r\n+a\r\n*1\r\n:1\r\n=5\r\ntxt:x\r\n';
  const bytes = Buffer.from(`${version2}${version3}`);
  const expected = [
    [Buffer.from('a\r\n'), -12, null, ['OK']],
    new ReplyError('ERR no'),
    Buffer.alloc(0),
    [],
    null,
    { push: ['message', Buffer.from('k')] },
    null,
    ['a', [1]],
    Buffer.from('x'),
  ];
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++) {
      const decoded: unknown[] = [];
      const decoder = new Decoder(
        (reply) => decoded.push(reply),
        (push) => decoded.push({ push }),
      );
      for (const part of [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)])
        decoder.take(part);
      assert.deepEqual(decoded, expected);
    }
  }
});

test('rejects a push on a connection without subscriptions, and inside a reply', () => {
  assert.throws(() => new Decoder(() => {}).take(Buffer.from('>1\r\n:1\r\n')), InvalidReply);
  const decoder = new Decoder(
    () => {},
    () => {},
  );
  assert.throws(() => decoder.take(Buffer.from('*1\r\n>1\r\n:1\r\n')), InvalidReply);
});

test('decodes a large reply in small chunks', () => {
  const value = Buffer.alloc(1_000_000, 'x');
  const bytes = Buffer.concat([Buffer.from(`$${value.length}\r\n`), value, Buffer.from('\r\n:1\r\n')]);
  const replies: Reply[] = [];
  const decoder = new Decoder((reply) => replies.push(reply));
  for (let i = 0; i < bytes.length; i += 1000) decoder.take(bytes.subarray(i, i + 1000));
  assert.deepEqual(replies, [value, 1]);
});

test('encodes commands without changing any byte', () => {
  const text = encode([['SET', Buffer.from([0, 255]), 'é']]);
  assert.deepEqual(
    Buffer.from(text, 'latin1'),
    Buffer.concat([
      Buffer.from('*3\r\n$3\r\nSET\r\n$2\r\n'),
      Buffer.from([0, 255]),
      Buffer.from('\r\n$2\r\né\r\n'),
    ]),
  );
});

test('different bytes have different printable forms', () => {
  assert.equal(printable(Buffer.from('café "quoted" 日本')), 'café "quoted" 日本');
  assert.equal(printable(Buffer.from('a\\b\n\t\r\0')), 'a\\\\b\\n\\t\\r\\x00');
  assert.equal(printable(Buffer.from([99, 233, 0, 127])), 'c\\xe9\\x00\\x7f');
  assert.equal(printable(Buffer.from('\u202e\u001b[31m')), '\\xe2\\x80\\xae\\x1b[31m');
  assert.equal(printableCut(Buffer.from('日'.repeat(40)), 10), `${'日'.repeat(3)}… (120 bytes)`);
});

test('addresses', () => {
  const defaults = { username: 'env', password: 'from env' };
  const list = 'one:1,redis://user:p%40ss@two:2/3,rediss://[::1],redis://:only@four:4';
  assert.deepEqual(parseAddresses(list, defaults), [
    { host: 'one', port: 1, name: 'one:1', username: 'env', password: 'from env' },
    { host: 'two', port: 2, name: 'two:2', username: 'user', password: 'p@ss', db: 3 },
    { host: '::1', port: 6379, name: '[::1]:6379', username: 'env', password: 'from env', tls: {} },
    { host: 'four', port: 4, name: 'four:4', password: 'only' },
  ]);
  for (const bad of [
    'one',
    'one:1,one:1',
    'http://one:1,two:2',
    'redis://:secret/,@one:1,two:2',
    'redis://a:1/x,b:2',
  ]) {
    assert.throws(
      () => parseAddresses(bad, {}),
      (error: Error) => !error.message.includes('secret'),
    );
  }
});

const MESH_NODE = `run_id:abc\r\ntcp_port:7001\r\nloading:0\r\nmaster_repl_offset:1000\r
master_host:10.0.0.2\r\nmaster_port:7002\r\nmaster_link_status:up\r\nslave_repl_offset:500\r
master_1_host:10.0.0.3\r\nmaster_1_port:7003\r\nmaster_1_link_status:down\r\nslave_repl_offset:700\r
slave0:ip=10.0.0.2,port=7002,state=online,offset=900,lag=0\r
slave1:ip=10.0.0.3,port=7003,state=send_bulk,offset=0,lag=0\r\ndb0:keys=5,expires=1\r\ndb11:keys=7\r\n`;

test('parses the roles and links of INFO', () => {
  const facts = (text: string) => {
    const { role, masters, replicas } = parseInfo(text);
    return [
      role,
      masters.map(({ port, up }) => [port, up]),
      replicas.map(({ port, online }) => [port, online]),
    ];
  };
  const link = 'master_host:10.0.0.2\r\nmaster_port:7002\r\nmaster_link_status:up\r\n';
  assert.deepEqual(facts('# Replication\r\nrole:master\r\nconnected_slaves:0\r\n'), ['master', [], []]);
  assert.deepEqual(facts(`role:slave\r\n${link}connected_slaves:0\r\n`), ['slave', [[7002, true]], []]);
  const both = [
    [7002, true],
    [7003, false],
  ];
  const info = `role:active-replica\r\nmaster_global_link_status:down\r\n${MESH_NODE}`;
  assert.deepEqual(facts(info), ['active-replica', both, both]);
  assert.ok(hasLinks(parseInfo(info.replaceAll(':down', ':up')), 2, 1));
  assert.ok(!hasLinks(parseInfo(info), 2, 1));
  assert.ok(!hasLinks(parseInfo(info), 1, 2));
});

test('parses facts and calls of INFO, and nothing from an empty text', () => {
  const info = parseInfo(
    `used_cpu_sys:0.5\r\nused_cpu_user:1.25\r\nrdb_bgsave_in_progress:0\r\nrdb_last_bgsave_status:ok\r\ncmdstat_get:calls=7,usec=9\r\n${MESH_NODE}`,
  );
  assert.deepEqual([info.cpuSeconds, info.saving, info.saved, info.keys], [1.75, false, true, 12]);
  assert.deepEqual([callsOf(info, 'get'), callsOf(info, 'set')], [7, 0]);
  const none = parseInfo('');
  assert.deepEqual([none.runId, none.role, none.masters, none.saving, none.keys], ['', '', [], true, 0]);
});

test('parses links and offsets of a node with several masters', () => {
  const info = parseInfo(MESH_NODE);
  assert.deepEqual([info.runId, info.port, info.offset, info.loading], ['abc', 7001, 1000, false]);
  assert.deepEqual(
    [...info.databases],
    [
      [0, 5],
      [11, 7],
    ],
  );
  const nodes = [7001, 7002, 7003].map((port) => ({
    name: `n${port}`,
    address: { host: 'n', port, name: `n${port}` },
    info: { ...info, port },
  })) as unknown as Parameters<typeof linksDown>[0];
  const none = { ...info, masters: [], replicas: [] };
  assert.deepEqual(linksDown(nodes, [info, none, none]), ['n7001 does not receive from 10.0.0.3:7003']);
  assert.deepEqual(linksBehind(nodes, [info, none, none], [1000, 0, 0]), [
    '10.0.0.2:7002 is 100 bytes behind n7001',
    '10.0.0.3:7003 is being synchronized by n7001',
  ]);
  assert.deepEqual(linksBehind(nodes.slice(0, 2), [info, none], [900, 0]), []);
});

test('the batch size depends on the duration of batches', () => {
  const size = new BatchSize(1000);
  for (let i = 0; i < 10; i++) size.took(5);
  assert.equal(size.keys, 1000);
  for (let i = 0; i < 10; i++) size.took(500);
  assert.equal(size.keys, 10);
});

test('progress', () => {
  assert.equal(progressLine('comparing', 0, 10, 0), 'comparing…');
  assert.equal(
    progressLine('comparing', 5000, 20000, 2),
    'comparing: 25% of 20,000 keys, 2,500 keys/s, 6 s left',
  );
  assert.equal(progressLine('comparing', 5000, 0, 2), 'comparing: 5,000 keys, 2,500 keys/s');
  assert.equal(progressLine('latency', 0, 200, 5, 'seconds'), '0%, 3 min 20 s left: latency');
  assert.equal(progressLine('latency', 50, 200, 100, 'seconds'), '25%, 5 min 0 s left: latency');
});

test('test data depends only on its number and the start of its expiries', () => {
  const now = 1_700_000_000_000;
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => (2 + i) % 256));
  for (const [i, expected] of [
    [0, [['SET', Buffer.from('p:0'), 'value 0 '.repeat(5)]]],
    [2, [['SET', Buffer.from('p:2'), bytes]]],
    [
      4,
      [
        ['SET', Buffer.from('p:4'), 'expires 4'],
        ['PEXPIREAT', Buffer.from('p:4'), '1700003600004'],
      ],
    ],
    [9, [['SADD', Buffer.from('p:9:\0\r\n\xff', 'latin1'), '9', '10', '11', '12', '13']]],
    // One in a hundred is large: first a string, the next time the second kind of key, which is an empty string.
    [99, [['SET', Buffer.from('p:99:\0\r\n\xff', 'latin1'), 'value 99 '.repeat(600)]]],
    [199, [['SET', Buffer.from('p:199:\0\r\n\xff', 'latin1'), '']]],
  ] as const) {
    assert.deepEqual(testCommands('p:', i, now), expected, `number ${i}`);
  }
  const [large] = testCommands('p:', 59, now, 10);
  assert.deepEqual([large?.[0], large?.length], ['HSET', 2 + 2 * 600]);
});
