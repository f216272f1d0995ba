/** Tests the access file of the gateway: rules, passwords, and the errors for invalid lines. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../operate/security/acl-file.ts';
import {
  accepts,
  InvalidAccessFile,
  isUnlimited,
  mayAccess,
  parseUsers,
  type User,
} from '../../table/access-rules.ts';

const COMMANDS = ['TABLE.SELECT', 'TABLE.INSERT', 'TABLE.DROP'];

function userOf(rules: string): User {
  const user = parseUsers(`user test ${rules}`, COMMANDS).get('test');
  assert.ok(user);
  return user;
}

function commandsOf(rules: string): string[] {
  return [...userOf(rules).commands];
}

test('applies the rules for commands from left to right', () => {
  assert.deepEqual(commandsOf('on'), []);
  assert.deepEqual(commandsOf('+TABLE.SELECT'), ['TABLE.SELECT']);
  assert.deepEqual(commandsOf('+table.select +@table -table.Drop'), ['TABLE.SELECT', 'TABLE.INSERT']);
  assert.deepEqual(commandsOf('+@all -@table +TABLE.DROP'), ['TABLE.DROP']);
  assert.deepEqual(commandsOf('+@table -@all'), []);
});

test('only a user with all commands and all names may run other commands', () => {
  for (const rules of ['+@all ~*', '+@all allkeys', '~* +@all -TABLE.DROP'])
    assert.ok(isUnlimited(userOf(rules)), rules);
  for (const rules of ['+@table ~*', '+@all ~shop.*', '+@all ~* resetkeys', '+@all -@all ~*'])
    assert.ok(!isUnlimited(userOf(rules)), rules);
});

test('matches names of tables and namespaces with patterns', () => {
  const may = (rules: string, name: string) => mayAccess(userOf(rules), Buffer.from(name));
  assert.ok(may('~shop.*', 'shop.users'));
  assert.ok(may('~a.b ~shop.user?', 'shop.users'));
  assert.ok(may('~*', 'x'.repeat(1000)));
  assert.ok(may('~größe.*', 'größe.x'));
  assert.ok(!may('~shop.*', 'shop'));
  assert.ok(!may('~shop.*', 'Shop.users'));
  assert.ok(!may('~shop.users', 'shop.users2'));
  assert.ok(!may('', 'shop.users'));
  // Above the length of any valid name, which would take long with this pattern.
  assert.ok(!may('~*a*a*a*a*a*a*a*b', 'a'.repeat(100_000)));
});

test('accepts the passwords whose digests are given', () => {
  const login = (rules: string, password: string) => accepts(userOf(rules), Buffer.from(password));
  const [one, two] = [`#${digestOf('one')}`, `#${digestOf('two').toUpperCase()}`];
  assert.ok(login(`on ${one} ${two}`, 'one'));
  assert.ok(login(`on ${one} ${two}`, 'two'));
  assert.ok(login('on nopass', 'any'));
  assert.ok(!login(`on ${one}`, 'two'));
  assert.ok(!login(`off ${one}`, 'one'));
  assert.ok(!login(one, 'one'), 'a user is off by default');
  assert.ok(!login(`on nopass ${one}`, 'any'), 'a password replaces nopass');
  assert.ok(!login(`on ${one} resetpass`, 'one'));
  assert.ok(!accepts(undefined, Buffer.from('any')));
});

test('skips comments and empty lines', () => {
  const users = parseUsers('# users\n\n  user a on nopass\r\nuser b off\n', COMMANDS);
  assert.deepEqual([...users.keys()], ['a', 'b']);
});

test('names every invalid line, and no password', () => {
  const text = [
    'user a on',
    'usr b on',
    'user',
    'user c >hunter2',
    `user d #${'0'.repeat(63)}`,
    'user e +get',
    'user f +TABLE.SELCT',
    'user g %R~x',
    'user a off',
    'user h ~',
    'user i constructor',
  ].join('\n');
  let problems: readonly string[] = [];
  try {
    parseUsers(text, COMMANDS);
  } catch (error) {
    assert.ok(error instanceof InvalidAccessFile);
    problems = error.problems;
  }
  const expected = [
    /^line 2: expected "user <name> <rule>\.\.\."$/,
    /^line 3: expected "user <name> <rule>\.\.\."$/,
    /^line 4: user c: expected a password as # and its SHA-256 digest/,
    /^line 5: user d: expected a password as # and its SHA-256 digest/,
    /^line 6: user e: expected a TABLE command, @table, or @all after \+, got "\+get"$/,
    /^line 7: user f: expected a TABLE command, @table, or @all after \+, got "\+TABLE\.SELCT"$/,
    /^line 8: user g: expected on, off, nopass, .*, got "%R~x"$/,
    /^line 9: expected each user once, got "a" again$/,
    /^line 10: user h: expected on, off, nopass, .*, got "~"$/,
    /^line 11: user i: expected on, off, nopass, .*, got "constructor"$/,
  ];
  assert.equal(problems.length, expected.length, problems.join('\n'));
  for (const [i, pattern] of expected.entries()) assert.match(problems[i] ?? '', pattern);
  assert.ok(!problems.join().includes('hunter2'));
  assert.throws(() => parseUsers('# nothing\n', COMMANDS), /contains no user/);
});
