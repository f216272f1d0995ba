/** Differences to create, each with the expected finding. */
import type { Redis } from 'ioredis';
import type { JsonPair } from '../helpers/verifier.ts';

const MEGABYTE = 1024 * 1024;

type Kinds = Pick<JsonPair, 'missing' | 'extra' | 'type' | 'value' | 'ttl'>;

export interface Case {
  name: string;
  /** Commands for both nodes. */
  plant: (source: Redis, replica: Redis) => Promise<unknown>;
  expected: Partial<{ [K in keyof Kinds]: unknown[] }>;
}

/** The same commands on both nodes, then one on the replica only. */
function onBoth(commands: (string | Buffer | number)[][], onReplica: (string | Buffer | number)[]) {
  return async (source: Redis, replica: Redis) => {
    for (const [word, ...args] of commands) {
      for (const node of [source, replica]) await node.call(String(word), args);
    }
    const [word, ...args] = onReplica;
    await replica.call(String(word), args);
  };
}

function value(key: string, type: string, ...differences: [string, string | null, string | null][]) {
  return {
    value: [
      {
        db: 0,
        key,
        type,
        differences: differences.map(([at, source, replica]) => ({ at, source, replica })),
      },
    ],
  };
}

const fields = Array.from({ length: 10_000 }, (_, i) => [`field ${i}`, `value ${i}`]).flat();
const items = Array.from({ length: 3_000 }, (_, i) => `item ${i}`);
const members = Array.from({ length: 3_000 }, (_, i) => `member ${i}`);
const scored = members.flatMap((member, i) => [String(i / 10), member]);
const megabyte = Buffer.alloc(MEGABYTE, 'abcdefg');

export const CASES: Case[] = [
  { name: 'no difference', plant: async () => {}, expected: {} },
  {
    name: 'a key missing in the replica',
    plant: (source) => source.set('k', 'v'),
    expected: { missing: [{ db: 0, key: 'k', type: 'string' }] },
  },
  {
    name: 'an extra key in the replica',
    plant: (_, replica) => replica.rpush('k', 'v'),
    expected: { extra: [{ db: 0, key: 'k', type: 'list' }] },
  },
  {
    name: 'another type',
    plant: (source, replica) => Promise.all([source.set('k', 'v'), replica.sadd('k', 'v')]),
    expected: { type: [{ db: 0, key: 'k', source: 'string', replica: 'set' }] },
  },
  {
    name: 'a short string',
    plant: onBoth([['SET', 'k', 'one']], ['SET', 'k', 'onE!']),
    expected: value('k', 'string', ['byte 2', 'one', 'onE!'], ['length', '3', '4']),
  },
  {
    name: 'an empty string against none',
    plant: (source) => source.set('k', ''),
    expected: { missing: [{ db: 0, key: 'k', type: 'string' }] },
  },
  {
    name: 'one byte in a value of 1 MB',
    plant: onBoth([['SET', 'k', megabyte]], ['SETRANGE', 'k', 700_000, Buffer.from([0])]),
    expected: value('k', 'string', [
      'byte 700000',
      '…gabcdefgabcdefgabcdefgabcdefgabcdefgabcd…',
      '…gabcdefg\\x00bcdefgabcdefgabcdefgabcdefgabcd…',
    ]),
  },
  {
    name: 'one field of a hash of 10,000',
    plant: onBoth([['HSET', 'k', ...fields]], ['HSET', 'k', 'field 7777', 'other']),
    expected: value('k', 'hash', ['field field 7777', 'value 7777', 'other']),
  },
  {
    name: 'a field that only one small hash has',
    plant: onBoth([['HSET', 'k', 'a', '1', 'b', '2']], ['HDEL', 'k', 'b']),
    expected: value('k', 'hash', ['field b', '2', null]),
  },
  {
    name: 'the order of a list',
    plant: async (source, replica) => {
      await source.rpush('k', 'a', 'b', 'c');
      await replica.rpush('k', 'a', 'c', 'b');
    },
    expected: value('k', 'list', ['index 1', 'b', 'c'], ['index 2', 'c', 'b']),
  },
  {
    name: 'the last item of a long list',
    plant: onBoth([['RPUSH', 'k', ...items]], ['RPOP', 'k']),
    expected: value('k', 'list', ['index 2999', 'item 2999', null], ['length', '3000', '2999']),
  },
  {
    name: 'one number of an integer set',
    plant: onBoth([['SADD', 'k', 1, 2, 3]], ['SADD', 'k', 4]),
    expected: value('k', 'set', ['member 4', null, 'present']),
  },
  {
    name: 'one member of a large set',
    plant: onBoth([['SADD', 'k', ...members]], ['SREM', 'k', 'member 1234']),
    expected: value('k', 'set', ['member member 1234', 'present', null]),
  },
  {
    name: 'one score of a large sorted set',
    plant: onBoth([['ZADD', 'k', ...scored]], ['ZADD', 'k', '123.45', 'member 1234']),
    expected: value('k', 'zset', ['member member 1234', '123.4', '123.45']),
  },
  {
    name: 'one member of a small sorted set',
    plant: onBoth([['ZADD', 'k', 'inf', 'a', '0.1', 'b']], ['ZADD', 'k', '1', 'c']),
    expected: value('k', 'zset', ['member c', null, '1']),
  },
  {
    name: 'an entry of a stream',
    plant: onBoth([['XADD', 'k', '1-1', 'f', 'v']], ['XADD', 'k', '2-1', 'f', 'w']),
    expected: value('k', 'stream', ['entry 2-1', null, 'f w']),
  },
  {
    name: 'a value in a stream of two chunks',
    plant: async (source, replica) => {
      for (const [node, last] of [
        [source, 'one'],
        [replica, 'two'],
      ] as const) {
        const pipeline = node.pipeline();
        for (let i = 1; i <= 700; i++) pipeline.xadd('k', `5-${i}`, 'f', i === 700 ? last : 'v');
        await pipeline.exec();
      }
    },
    expected: value('k', 'stream', ['entry 5-700', 'f one', 'f two']),
  },
  {
    name: 'more differences than the report lists',
    plant: async (source, replica) => {
      await source.rpush('k', ...Array.from({ length: 20 }, (_, i) => `a${i}`));
      await replica.rpush('k', ...Array.from({ length: 20 }, (_, i) => `b${i}`));
    },
    expected: {
      value: [
        {
          db: 0,
          key: 'k',
          type: 'list',
          differences: [0, 1, 2, 3, 4].map((i) => ({ at: `index ${i}`, source: `a${i}`, replica: `b${i}` })),
          more: 15,
        },
      ],
    },
  },
  {
    name: 'binary key, field and value',
    plant: onBoth(
      [['HSET', Buffer.from([107, 0, 255, 13, 10]), Buffer.from([254, 1]), Buffer.from([0, 128])]],
      ['HSET', Buffer.from([107, 0, 255, 13, 10]), Buffer.from([254, 1]), Buffer.from([0, 129])],
    ),
    expected: value('k\\x00\\xff\\r\\n', 'hash', ['field \\xfe\\x01', '\\x00\\x80', '\\x00\\x81']),
  },
  {
    name: 'the same hash, created in another order',
    plant: (source, replica) =>
      Promise.all([source.hset('k', 'a', '1', 'b', '2'), replica.hset('k', 'b', '2', 'a', '1')]),
    expected: {},
  },
];
