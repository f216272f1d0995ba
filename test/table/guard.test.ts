/** Tests what the gateway decides on requests of users with different rights. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../operate/security/acl-file.ts';
import { parseUsers, type Users } from '../../table/access-rules.ts';
import { Guard, type Verdict } from '../../table/guard.ts';

const COMMANDS = new Map([
  ['TABLE.SELECT', { firstKey: 1 }],
  ['TABLE.INSERT', { firstKey: 1 }],
  ['TABLE.EXPLAIN', { firstKey: 2 }],
  ['TABLE.NAMESPACE.VIEW', { firstKey: 0 }],
  ['TABLE.HELP', { firstKey: 0 }],
]);

const USERS = [
  `user reader on #${digestOf('secret')} ~shop.* +TABLE.SELECT +TABLE.EXPLAIN +TABLE.NAMESPACE.VIEW`,
  `user writer on #${digestOf('other')} ~shop.users +@table`,
  'user boss on nopass ~* +@all',
  `user gone off #${digestOf('secret')} ~* +@all`,
].join('\n');

const usersOf = (text: string): Users => parseUsers(text, [...COMMANDS.keys()]);

/** A connection whose requests are lines. */
class Client {
  readonly #guard: Guard;
  constructor(users: Users | (() => Users) = usersOf(USERS)) {
    this.#guard = new Guard(typeof users === 'function' ? users : () => users, COMMANDS);
  }

  send(line: string): string {
    const verdict = this.#guard.decide(line.split(' ').map((word) => Buffer.from(word)));
    return shown(verdict);
  }

  /** Sends a line that logs in. */
  as(login: string): this {
    assert.match(this.send(login), /^(status OK|send HELLO)/);
    return this;
  }
}

function shown(verdict: Verdict): string {
  if (verdict.kind === 'replace') return `send ${verdict.request.join(' ')}`;
  if (verdict.kind === 'filter') return `filter ${verdict.patterns.join(' ')}`;
  return verdict.kind === 'forward' ? 'forward' : `${verdict.kind} ${verdict.text}`;
}

const NOT_ALLOWED = (command: string) =>
  `error NOPERM this user has no permissions to run the '${command}' command or its subcommand`;
const OTHER_NAME = 'error NOPERM this user has no permissions to access one of the keys used as arguments';

test('before the login, only AUTH, HELLO with AUTH, and QUIT are allowed', () => {
  const client = new Client();
  for (const line of ['PING', 'TABLE.SELECT shop.users', 'MULTI', 'SELECT 1'])
    assert.equal(client.send(line), 'error NOAUTH Authentication required.');
  assert.match(
    client.send('HELLO 3'),
    /^error NOAUTH HELLO must be called with the client already authenticated/,
  );
  assert.equal(client.send('QUIT'), 'forward');
});

test('AUTH checks user and password', () => {
  const client = new Client();
  const wrong = 'error WRONGPASS invalid username-password pair or user is disabled.';
  for (const line of [
    'AUTH reader wrong',
    'AUTH nobody secret',
    'AUTH gone secret',
    'AUTH secret',
    'auth READER secret',
  ])
    assert.equal(client.send(line), wrong, line);
  for (const line of ['AUTH', 'AUTH a b c'])
    assert.equal(client.send(line), "error ERR wrong number of arguments for 'auth' command");
  assert.equal(client.send('auth reader secret'), 'status OK');
  assert.equal(client.send('AUTH reader wrong'), wrong);
  assert.equal(client.send('TABLE.SELECT shop.users'), 'forward', 'a failed AUTH keeps the user');
  assert.equal(client.send('AUTH writer other'), 'status OK');
  assert.equal(client.send('TABLE.INSERT shop.users a=1'), 'forward');
});

test('HELLO logs in, and the node never sees the credentials', () => {
  assert.equal(new Client().send('HELLO 3 AUTH reader secret'), 'send HELLO 3');
  assert.equal(new Client().send('hello 2 setname me auth reader secret'), 'send hello 2 setname me');
  assert.equal(new Client().send('HELLO 3 AUTH reader secret SETNAME AUTH'), 'send HELLO 3 SETNAME AUTH');
  assert.match(new Client().send('HELLO 3 AUTH reader wrong'), /^error WRONGPASS/);
  assert.match(new Client().send('HELLO 4 AUTH reader secret'), /^error NOAUTH/);
  const client = new Client().as('AUTH reader secret');
  assert.equal(client.send('HELLO 3'), 'forward');
  assert.equal(client.send('HELLO'), 'forward');
  // The node answers an invalid option with an error.
  assert.equal(client.send('HELLO 3 AUTH reader'), 'forward');
  assert.equal(client.send('HELLO 3 AUTH writer other AUTH boss any'), 'send HELLO 3');
});

test('a user may run the commands of its rules on matching names', () => {
  const client = new Client().as('AUTH reader secret');
  assert.equal(client.send('table.select shop.users WHERE a=1'), 'forward');
  assert.equal(client.send('TABLE.SELECT'), 'forward', 'the script reports the missing name');
  assert.equal(client.send('TABLE.SELECT bank.users'), OTHER_NAME);
  assert.equal(client.send('TABLE.INSERT shop.users a=1'), NOT_ALLOWED('TABLE.INSERT'));
  assert.equal(client.send('TABLE.EXPLAIN SELECT shop.users'), 'forward');
  assert.equal(client.send('TABLE.EXPLAIN shop.users bank.users'), OTHER_NAME);
  assert.equal(client.send('TABLE.HELP'), NOT_ALLOWED('TABLE.HELP'));
});

test('TABLE.NAMESPACE.VIEW shows only tables that match the patterns', () => {
  assert.equal(new Client().as('AUTH reader secret').send('TABLE.NAMESPACE.VIEW'), 'filter shop.*');
  assert.equal(new Client().as('AUTH boss any').send('TABLE.NAMESPACE.VIEW'), 'forward');
});

test('other commands need all rights, except those that concern only the connection', () => {
  const client = new Client().as('AUTH writer other');
  const forAll = [
    'PING',
    'ECHO a',
    'SELECT 1',
    'MULTI',
    'EXEC',
    'DISCARD',
    'COMMAND',
    'COMMAND INFO GET',
    'MODULE LIST',
  ];
  for (const line of [
    ...forAll,
    'client setname a',
    'CLIENT ID',
    'CLIENT INFO',
    'CLIENT SETINFO lib-name a',
    'QUIT',
  ])
    assert.equal(client.send(line), 'forward', line);
  for (const line of [
    'GET a',
    'EVAL x 0',
    'EVALSHA x 0',
    'CLIENT KILL a',
    'CLIENT',
    'MODULE UNLOAD table',
    'ACL LIST',
    'TABLE.NONE',
  ])
    assert.equal(client.send(line), NOT_ALLOWED(line.split(' ')[0]?.toLowerCase() ?? ''), line);
  const boss = new Client().as('AUTH boss any');
  for (const line of ['GET a', 'CLIENT KILL a', 'TABLE.NONE']) assert.equal(boss.send(line), 'forward', line);
});

test('RESET is rejected, because it would log out the connection to the node', () => {
  assert.match(
    new Client().as('AUTH boss any').send('RESET'),
    /^error ERR the gateway does not support RESET/,
  );
});

test('an error in a transaction reaches the node, which then rejects EXEC', () => {
  const client = new Client().as('AUTH reader secret');
  client.send('MULTI');
  assert.match(client.send('GET a'), /^send NOPERM this user has no permissions to run the 'get' command/);
  client.send('EXEC');
  assert.match(client.send('GET a'), /^error NOPERM/);
  client.send('MULTI too-many');
  assert.match(client.send('GET a'), /^error NOPERM/, 'the node rejects this MULTI');
  client.send('multi');
  client.send('DISCARD');
  assert.match(client.send('GET a'), /^error NOPERM/);
});

test('without a password, the default user needs no AUTH', () => {
  const client = new Client(usersOf(`${USERS}\nuser default on nopass ~public.* +TABLE.SELECT`));
  assert.equal(client.send('TABLE.SELECT public.a'), 'forward');
  assert.equal(client.send('TABLE.SELECT shop.users'), OTHER_NAME);
  assert.equal(client.send('HELLO 3'), 'forward');
  assert.match(
    client.send('AUTH secret'),
    /^error ERR AUTH <password> called without any password configured/,
  );
  assert.equal(client.send('AUTH reader secret'), 'status OK');
  assert.equal(client.send('TABLE.SELECT shop.users'), 'forward');
});

test('a change of the users applies to connected clients', () => {
  let users = usersOf(USERS);
  const client = new Client(() => users).as('AUTH reader secret');
  users = usersOf(USERS.replace('~shop.*', '~bank.*'));
  assert.equal(client.send('TABLE.SELECT shop.users'), OTHER_NAME);
  users = usersOf(USERS.replace('user reader on', 'user reader off'));
  assert.equal(client.send('TABLE.SELECT bank.users'), 'error NOAUTH Authentication required.');
  users = usersOf('user boss on nopass');
  assert.equal(client.send('PING'), 'error NOAUTH Authentication required.');
});

test('an error repeats only the start of a long command, without control characters', () => {
  const client = new Client().as('AUTH reader secret');
  const reply = client.send(`${'x'.repeat(100_000)}`);
  assert.ok(reply.length < 200, reply);
  assert.doesNotMatch(client.send('a\r\n+OK\r\n'), /[\r\n]/);
});
