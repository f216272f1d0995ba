/** Differences of two strings, lists, or streams: exact positions and texts, read from real nodes. */
import { STRING_CHUNK } from '../../lab/verifier/read/value-types.ts';
import { type Commands, check } from './describe.ts';

const set = (value: string | Buffer): Commands => [['SET', value]];
const letters = 'abcdefghijklmnopqrstuvwxyz';
const chunk = 'c'.repeat(STRING_CHUNK);
check('string', [
  ['equal', set('one'), set('one'), []],
  ['equal and longer than a chunk', set(`${chunk}x`), set(`${chunk}x`), []],
  ['the first byte', set('one'), set('two'), [['byte 0', 'one', 'two']]],
  ['8 bytes before are shown', set('abcdefgh1'), set('abcdefgh2'), [['byte 8', 'abcdefgh1', 'abcdefgh2']]],
  [
    'more bytes before are cut',
    set('abcdefghi1'),
    set('abcdefghi2'),
    [['byte 9', '…bcdefghi1', '…bcdefghi2']],
  ],
  [
    '32 bytes from the difference on are shown, more are cut',
    set(`1${letters}12345`),
    set(`2${letters}123456`),
    [
      ['byte 0', `1${letters}12345`, `2${letters}12345…`],
      ['length', '32', '33'],
    ],
  ],
  [
    'the source is longer',
    set('same and more'),
    set('same'),
    [
      ['byte 4', 'same and more', 'same'],
      ['length', '13', '4'],
    ],
  ],
  [
    'the replica is longer by the byte after the first chunk',
    set(chunk),
    set(`${chunk}x`),
    [
      [`byte ${STRING_CHUNK}`, '…', '…x'],
      ['length', `${STRING_CHUNK}`, `${STRING_CHUNK + 1}`],
    ],
  ],
  [
    'only the first difference of two chunks',
    set(`1${chunk}1`),
    set(`2${chunk}2`),
    [['byte 0', `1${'c'.repeat(31)}…`, `2${'c'.repeat(31)}…`]],
  ],
  [
    'in the second chunk',
    set(`${chunk}same 1`),
    set(`${chunk}same 2`),
    [[`byte ${STRING_CHUNK + 5}`, '…same 1', '…same 2']],
  ],
]);

const push = (...items: string[]): Commands => [['RPUSH', ...items]];
check('list', [
  ['equal', push('a', 'b'), push('a', 'b'), []],
  ['one item', push('a', 'b', 'c'), push('a', 'x', 'c'), [['index 1', 'b', 'x']]],
  [
    'the source is longer',
    push('a', 'b', 'c'),
    push('a'),
    [
      ['index 1', 'b', null],
      ['index 2', 'c', null],
      ['length', '3', '1'],
    ],
  ],
  [
    'the replica is longer',
    push('a'),
    push('a', 'b'),
    [
      ['index 1', null, 'b'],
      ['length', '1', '2'],
    ],
  ],
  [
    'the replica has no further entries',
    push('a'),
    [],
    [
      ['index 0', 'a', null],
      ['length', '1', '0'],
    ],
  ],
]);

const add = (...entries: string[]): Commands =>
  entries.map((entry) => {
    const [id = '', ...fields] = entry.split(' ');
    return ['XADD', id, ...fields];
  });
check('stream', [
  ['equal', add('1-1 f v', '2-1 f v'), add('1-1 f v', '2-1 f v'), []],
  ['a value', add('1-1 f v', '2-1 f v'), add('1-1 f v', '2-1 f w'), [['entry 2-1', 'f v', 'f w']]],
  ['more fields on the source', add('1-1 f v g w'), add('1-1 f v'), [['entry 1-1', 'f v g w', 'f v']]],
  ['more fields on the replica', add('1-1 f v'), add('1-1 f v g w'), [['entry 1-1', 'f v', 'f v g w']]],
  [
    'entries on one side only, in turns',
    add('1-1 f a', '3-1 f c', '5-1 f e'),
    add('2-1 f b', '3-1 f c', '4-1 f d', '6-1 f f'),
    [
      ['entry 1-1', 'f a', null],
      ['entry 2-1', null, 'f b'],
      ['entry 4-1', null, 'f d'],
      ['entry 5-1', 'f e', null],
      ['entry 6-1', null, 'f f'],
    ],
  ],
  ['the end on the source only', add('1-1 f a', '2-1 f b'), add('1-1 f a'), [['entry 2-1', 'f b', null]]],
  [
    'times are compared as numbers',
    add('9-1 f a', '10-1 f b'),
    add('10-1 f b'),
    [['entry 9-1', 'f a', null]],
  ],
  ['sequences are, too', add('5-9 f a', '5-10 f b'), add('5-10 f b'), [['entry 5-9', 'f a', null]]],
  [
    'the time counts before the sequence',
    add('1-9 f a', '2-1 f b'),
    add('2-1 f b'),
    [['entry 1-9', 'f a', null]],
  ],
]);
