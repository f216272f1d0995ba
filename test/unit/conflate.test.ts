/** Repetitions of a notification are taken out of what a node sends, and nothing else, wherever the chunks are cut. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reader, type Reply } from '../../bench/raw/reader.ts';
import { Runs } from '../../common/conflate.ts';

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
const message = (key: string, channel = '__keyevent@0__:set') =>
  `>3\r\n${bulk('message')}${bulk(channel)}${bulk(key)}`;
const subscribed = `>3\r\n${bulk('subscribe')}${bulk('c')}:1\r\n`;
/** What replies look like, some of them made to look like something else. */
const FRAMES = [
  message('a'),
  message('a'),
  message('a'),
  message('b'),
  message('-1\r\n>3'),
  message('set', '__keyspace@0__:a'),
  subscribed,
  subscribed,
  bulk('value'),
  bulk(''),
  bulk(message('a').repeat(3)),
  '+OK\r\n',
  ':-12\r\n',
  '_\r\n',
  '$-1\r\n',
  '-ERR 3 wrong\r\n',
  `=8\r\ntxt:text\r\n`,
  `%2\r\n${bulk('k')}*2\r\n:1\r\n*0\r\n${bulk('l')}_\r\n`,
];

/** Numbers from 0 to 1, the same ones for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (1_664_525 * state + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

function shorten(bytes: Buffer, nextLength: () => number): Buffer {
  const runs = new Runs();
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = nextLength();
    parts.push(runs.pass(bytes.subarray(at, at + length)));
    at += length;
  }
  return Buffer.concat(parts);
}

/** All frames, read by other code than that which is tested. */
function framesIn(bytes: Buffer): string[] {
  const frames: string[] = [];
  const keep = (reply: Reply) =>
    frames.push(reply instanceof Error ? `error ${reply.message}` : JSON.stringify(reply));
  new Reader(keep, keep).take(bytes);
  return frames;
}

/** What is left if every run of notifications becomes one. */
function withoutRuns(frames: readonly string[]): string[] {
  return frames.filter((frame, i) => !frame.startsWith('["message"') || frame !== frames[i - 1]);
}

test('whatever is sent, and however it is cut: the same but for repeated notifications', () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const next = random(seed);
    const chosen = Array.from({ length: 60 }, () => FRAMES[Math.floor(next() ** 2 * FRAMES.length)]);
    const sent = Buffer.from(chosen.join(''), 'latin1');
    const longest = [1, 7, 100, 1_000, 1e6][seed % 5] as number;
    const passedOn = shorten(sent, () => 1 + Math.floor(next() * longest));
    assert.deepEqual(withoutRuns(framesIn(passedOn)), withoutRuns(framesIn(sent)), `seed ${seed}`);
    if (longest === 1) assert.deepEqual(passedOn, sent, 'no chunk has a whole one');
    else assert.ok(passedOn.length <= sent.length);
  }
});

test('of any number of equal notifications in a chunk one is left, and with it what is around them', () => {
  for (const count of [1, 2, 3, 64, 1_000]) {
    const sent = `+OK\r\n${message('a').repeat(count)}${bulk('v')}${message('a').repeat(count)}${message('b')}`;
    const passedOn = new Runs().pass(Buffer.from(sent)).toString();
    assert.equal(passedOn, `+OK\r\n${message('a')}${bulk('v')}${message('a')}${message('b')}`);
  }
});
