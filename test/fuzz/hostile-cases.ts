/** Data that a broken or hostile server may send. Every case ends a connection; no case may end a service. */
import fc from 'fast-check';
import { bulk, type HostileCase, type Stage } from './hostile-server.ts';

const BLOCK = 'a'.repeat(1 << 20);

/** Bytes in place of a reply, by their defect. */
const REPLIES: Record<string, string> = {
  'no data': '',
  'a truncated type': '$',
  'a truncated length': '$1',
  'a truncated bulk string': '$10\r\nabc',
  'a truncated array': '*3\r\n+a\r\n',
  'a truncated map': '%2\r\n+a\r\n+b\r\n+c\r\n',
  'a number with letters': ':abc\r\n',
  'a negative bulk length': '$-5\r\nabc\r\n',
  'another protocol': 'HTTP/1.1 400 Bad Request\r\n\r\n',
  binary: '\x00\xff\xfe\x80\r\n\x00',
  'only line ends': '\r\n\r\n\r\n',
  'a null': '_\r\n',
  'nulls of version 2': '$-1\r\n*-1\r\n$-1\r\n',
  'an empty array': '*0\r\n',
  'an array': '*2\r\n+a\r\n+b\r\n',
  'a nested array': '*1\r\n*1\r\n*1\r\n_\r\n',
  'a map': '%1\r\n+a\r\n+b\r\n',
  'a map with a prototype': '%1\r\n+__proto__\r\n%1\r\n+a\r\n+b\r\n',
  'a set': '~2\r\n+a\r\n+a\r\n',
  'a number': ':5\r\n',
  'a huge number': `:${'9'.repeat(400)}\r\n`,
  'a big number': `(${'9'.repeat(400)}\r\n`,
  'a double': ',1.5\r\n',
  'not a number': ',nan\r\n',
  'a boolean': '#t\r\n',
  'a verbatim string': '=8\r\ntxt:abcd\r\n',
  'an unknown type': '@5\r\n',
  'an error': '-ERR no\r\n',
  'an empty error': '-\r\n',
  'an error with binary data': '!4\r\n\x00\xff\xfe\x07\r\n',
  'a long error': `-ERR ${'x'.repeat(100_000)}\r\n`,
  'control characters in an error': '-ERR \x00\x1b[31m\xff\xfe\r\n',
  'still loading': '-LOADING Redis is loading the dataset in memory\r\n',
  moved: '-MOVED 3999 127.0.0.1:1\r\n',
  'no authentication': '-NOAUTH Authentication required.\r\n',
  'no such protocol': '-NOPROTO unsupported protocol version\r\n',
  '100,000 nested arrays': `${'*1\r\n'.repeat(100_000)}+x\r\n`,
  'a bulk string of a terabyte': '$999999999999\r\nabc',
  'an array of a terabyte': '*999999999999\r\n',
  'a map of four billion': '%4000000000\r\n+a\r\n',
  'nested arrays of 30 million': '*30000000\r\n'.repeat(50),
  'nested sets of 30 million': '~30000000\r\n'.repeat(50),
};

const OTHER_KEY = `>3\r\n${bulk('message')}${bulk('__keyevent@0__:set')}${bulk('another_key')}`;

/** Unsolicited bytes, on an established connection. */
const PUSHES: Record<string, string> = {
  'an empty push': '>0\r\n',
  'a push of null': '>1\r\n_\r\n',
  'a push of unknown kind': `>2\r\n${bulk('invalidate')}*1\r\n${bulk('a')}`,
  'a push of an array': '>1\r\n*1\r\n+a\r\n',
  'a push of numbers': '>3\r\n:1\r\n:2\r\n:3\r\n',
  'a message without a channel': `>1\r\n${bulk('message')}`,
  'a message of nulls': `>3\r\n${bulk('message')}_\r\n_\r\n`,
  'a message of numbers': `>3\r\n${bulk('message')}:1\r\n:2\r\n`,
  'a message that is an array': `>3\r\n${bulk('message')}${bulk('__keyevent@0__:set')}*1\r\n_\r\n`,
  'a message for a channel without a subscription': `>3\r\n${bulk('message')}${bulk('news')}${bulk('hello')}`,
  'a pattern message that is too short': `>3\r\n${bulk('pmessage')}${bulk('*')}${bulk('a')}`,
  'a pattern message of nulls': `>4\r\n${bulk('pmessage')}_\r\n_\r\n_\r\n`,
  'an unsolicited subscription': `>3\r\n${bulk('subscribe')}${bulk('news')}:9\r\n`,
  'a subscription of null': `>3\r\n${bulk('subscribe')}_\r\n_\r\n`,
  'the end of a subscription': `>3\r\n${bulk('unsubscribe')}${bulk('__keyevent@0__:set')}:0\r\n`,
  'the end of a sharded subscription': `>3\r\n${bulk('sunsubscribe')}${bulk('__keyevent@0__:set')}:0\r\n`,
  '10,000 other keys': OTHER_KEY.repeat(10_000),
  '100,000 replies': '+OK\r\n'.repeat(100_000),
  '100,000 nulls': '_\r\n'.repeat(100_000),
  '100,000 errors': '-ERR no\r\n'.repeat(100_000),
};

/** Endless data: memory must stay bounded, and the service must disconnect. */
const ENDLESS: Record<string, [start: string, block: string]> = {
  'a bulk string': ['$999999999999\r\n', BLOCK],
  'a bulk string longer than announced': ['$4000000000\r\n', BLOCK],
  'a line': ['+', BLOCK],
  'an error': ['-ERR ', BLOCK],
  'a number': [':', '1'.repeat(1 << 20)],
  'a big number': ['(', '1'.repeat(1 << 20)],
  'an array of lines': ['*4000000000\r\n', '+abcdefgh\r\n'.repeat(100_000)],
  'arrays in arrays': ['', '*1\r\n'.repeat(250_000)],
  replies: ['', '+OK\r\n'.repeat(200_000)],
};

const STAGES: Stage[] = ['hello', 'subscribe', 'get'];

/** Returns all cases for the services, each at several stages. */
export const HOSTILE_CASES: HostileCase[] = [
  ...STAGES.flatMap((stage) =>
    Object.entries(REPLIES).map(([name, bytes]) => ({ name, stage, bytes, after: 'close' as const })),
  ),
  ...(['hello', 'get'] as const).flatMap((stage) =>
    Object.entries(ENDLESS).map(([name, [bytes, endless]]) => ({
      name: `endless: ${name}`,
      stage,
      bytes,
      after: { endless },
    })),
  ),
  ...unasked('connect', PUSHES),
  ...unasked('get', PUSHES),
  ...(['connect', 'hello', 'get'] as const).map((stage) => ({
    name: 'silence',
    stage,
    bytes: '',
    after: 'silence' as const,
  })),
  // Each case takes ten node timeouts.
  { name: 'notifications, but no replies', stage: 'hello', bytes: '', after: { trickle: OTHER_KEY } },
  { name: 'a line that grows', stage: 'get', bytes: '+', after: { trickle: 'a' } },
];

function unasked(stage: Stage, all: Record<string, string>): HostileCase[] {
  return Object.entries(all).map(([name, bytes]) => ({
    name: `unasked: ${name}`,
    stage,
    bytes,
    after: 'close',
  }));
}

const token = fc.oneof(
  fc.constantFrom(...Object.values(REPLIES).filter((bytes) => bytes.length < 1_000)),
  fc.constantFrom(...Object.values(PUSHES).filter((bytes) => bytes.length < 1_000)),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('+OK\r\n', '_\r\n', '\r\n', '*2\r\n', '>3\r\n', '$5\r\nhello\r\n', ':1\r\n'),
);

/** Returns random combinations of cases. The same seed gives the same combinations. */
export function randomCases(count: number, seed: number): HostileCase[] {
  const bytes = fc.array(token, { minLength: 1, maxLength: 12 }).map((tokens) => tokens.join(''));
  const stages = fc.constantFrom<Stage>('connect', ...STAGES, 'ping');
  return fc
    .sample(fc.record({ bytes, stage: stages }), { numRuns: count, seed })
    .map(({ bytes, stage }, i) => ({ name: `random ${i} of seed ${seed}`, stage, bytes, after: 'close' }));
}
