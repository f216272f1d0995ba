/** Tests the access rules of the gateway with real clients and nodes. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { createClient } from 'redis';
import { digestOf } from '../../operate/security/acl-file.ts';
import { USERS } from '../../operate/security/users.ts';
import { scripts } from '../../table/scripts.ts';
import { Connection } from '../../toolkit/node/connection.ts';
import { type Reply, ReplyError } from '../../toolkit/node/resp.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { eventually } from '../helpers/eventually.ts';
import { startMesh } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';
import { clientOf, rotate, startSecureMesh, temporaryFolder } from '../security/secure-mesh.ts';

const RULES = `
user reader on #${digestOf('secret')} ~shop.* +TABLE.SELECT +TABLE.NAMESPACE.VIEW
user owner on #${digestOf('other')} ~* +@table
user boss on #${digestOf('third')} ~* +@all
`;

interface Guarded {
  port: number;
  service: RunningService;
  /** Replaces the rules, as an editor does. */
  change: (rules: string) => Promise<void>;
}

/** Starts a gateway with rules in front of nodes. */
async function startGuarded(t: TestContext, nodes: string, rules = RULES, env = {}): Promise<Guarded> {
  const file = join(await temporaryFolder(t), 'users');
  const change = async (text: string) => {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
  await change(rules);
  const [port = 0] = await freePorts(1);
  const settings = { KEYDB_NODES: nodes, TABLE_PORT: String(port), TABLE_ACL_FILE: file };
  const service = new RunningService(t, 'table', { ...settings, ...env });
  return { port, service, change };
}

async function open(
  t: TestContext,
  port: number,
  login: { username?: string; password?: string; tls?: object } = {},
) {
  const connection = await Connection.open({ host: '127.0.0.1', port, name: `127.0.0.1:${port}`, ...login });
  t.after(() => connection.close());
  return connection;
}

/** Sends lines in one write. @returns the replies as text. */
async function send(connection: Connection, ...lines: string[]): Promise<unknown[]> {
  const replies = await connection.batch(lines.map((line) => line.split(' ')));
  return replies.map(shown);
}

function shown(reply: Reply): unknown {
  if (reply instanceof ReplyError) return `Error: ${reply.message}`;
  return Array.isArray(reply) ? reply.map(shown) : Buffer.isBuffer(reply) ? reply.toString() : reply;
}

const OTHER_NAME = 'Error: NOPERM this user has no permissions to access one of the keys used as arguments';
const notAllowed = (command: string) =>
  `Error: NOPERM this user has no permissions to run the '${command}' command or its subcommand`;

test('the gateway applies the rules of its users', async (t) => {
  const mesh = await startMesh(t, 1);
  const { port, service, change } = await startGuarded(t, mesh.addresses);
  await service.events.first({ event: 'home' });
  const owner = await open(t, port, { username: 'owner', password: 'other' });
  const created = await send(
    owner,
    ...['TABLE.NAMESPACE.CREATE shop', 'TABLE.NAMESPACE.CREATE bank'],
    ...['TABLE.SCHEMA.CREATE shop.users name:string', 'TABLE.SCHEMA.CREATE bank.accounts owner:string'],
    'TABLE.INSERT shop.users name=ann',
  );
  assert.deepEqual(created, ['OK', 'OK', 'OK', 'OK', '1']);

  await t.test('in one write, each reply follows from the requests before it', async (t) => {
    const client = await open(t, port);
    const replies = await send(
      client,
      ...['TABLE.SELECT shop.users', 'AUTH reader wrong', 'AUTH reader secret', 'TABLE.SELECT shop.users'],
      ...['TABLE.SELECT bank.accounts', 'TABLE.INSERT shop.users name=bob', 'GET a', 'ECHO end'],
    );
    assert.deepEqual(replies, [
      'Error: NOAUTH Authentication required.',
      'Error: WRONGPASS invalid username-password pair or user is disabled.',
      'OK',
      [['name', 'ann']],
      OTHER_NAME,
      notAllowed('TABLE.INSERT'),
      notAllowed('get'),
      'end',
    ]);
  });

  await t.test('TABLE.NAMESPACE.VIEW lists the tables that a user may access', async (t) => {
    const reader = await open(t, port, { username: 'reader', password: 'secret' });
    const lines = ['', ' shop', ' bank', ' a b'].map((rest) => `TABLE.NAMESPACE.VIEW${rest}`);
    const arity = "Error: ERR wrong number of arguments for 'TABLE.NAMESPACE.VIEW' command";
    assert.deepEqual(await send(reader, ...lines), [['shop:users'], ['shop:users'], [], arity]);
    assert.deepEqual(await send(owner, ...lines), [
      ['bank:accounts', 'shop:users'],
      ['shop:users'],
      ['bank:accounts'],
      arity,
    ]);
  });

  await t.test('a transaction with a forbidden command is not executed', async () => {
    const replies = await send(
      owner,
      'MULTI',
      'TABLE.INSERT shop.users name=bob',
      'FLUSHALL',
      'EXEC',
      'TABLE.SELECT shop.users',
    );
    assert.deepEqual(replies.slice(0, 2), ['OK', 'QUEUED']);
    assert.match(
      String(replies[2]),
      /^Error: ERR unknown command .NOPERM this user has no permissions to run the 'flushall'/,
    );
    assert.match(String(replies[3]), /^Error: EXECABORT/);
    assert.deepEqual(replies[4], [['name', 'ann']]);
  });

  await t.test('a user with all rights may run other commands', async (t) => {
    const boss = await open(t, port, { username: 'boss', password: 'third' });
    assert.deepEqual(await send(boss, 'SET a 1', 'GET a', 'DEL a'), ['OK', '1', 1]);
  });

  await t.test('a client library logs in with HELLO', async (t) => {
    const url = `redis://reader:secret@127.0.0.1:${port}`;
    const client = createClient({ url, RESP: 3, socket: { reconnectStrategy: false } });
    client.on('error', () => {});
    t.after(() => client.destroy());
    await client.connect();
    assert.deepEqual(await client.sendCommand(['TABLE.SELECT', 'shop.users']), [['name', 'ann']]);
    await assert.rejects(client.sendCommand(['TABLE.SELECT', 'bank.accounts']), /NOPERM/);
  });

  await t.test('a changed file applies to connected clients, an invalid one does not', async () => {
    const [select] = await send(owner, 'TABLE.SELECT shop.users');
    assert.deepEqual(select, [['name', 'ann']]);
    await change(RULES.replace('~* +@table', '~bank.* +@table'));
    await eventually(async () =>
      assert.deepEqual(await send(owner, 'TABLE.SELECT shop.users'), [OTHER_NAME]),
    );
    await change(`${RULES}user extra +get\n`);
    const warning = await service.events.first({ event: 'access', level: 40 });
    assert.match(
      String(warning.msg),
      /table keeps the previous rules: .*line 5: user extra: expected a TABLE command/s,
    );
    assert.deepEqual(await send(owner, 'TABLE.SELECT shop.users'), [OTHER_NAME]);
  });
});

test('an invalid access file ends the start with code 1', async (t) => {
  const [, port = 0] = await freePorts(2);
  const { service } = await startGuarded(t, `127.0.0.1:${port}`, 'user a on\nuser b >hunter2\nuser c +x\n');
  assert.equal(await service.exit(), 1);
  assert.match(
    service.stderr,
    /TABLE_ACL_FILE: .*users line 2: user b: .*users line 3: user c: expected a TABLE command/s,
  );
  assert.ok(!service.stderr.includes('hunter2'));
});

test('the user table may run every command of the scripts', () => {
  const bodies = [...scripts.values()].map(({ body }) => body).join('\n');
  const called = [...bodies.matchAll(/\b(?:call|try)\(\s*'([A-Z]+)'/g)].map(([, name = '']) =>
    name.toLowerCase(),
  );
  assert.ok(called.length > 0);
  const allowed = USERS.table.commands();
  assert.deepEqual(
    [...new Set(called)].filter((name) => !allowed.includes(name)),
    [],
  );
});

test('with TLS on both sides, the gateway needs no other rights than those of its user', async (t) => {
  const secure = await startSecureMesh(t, 1);
  const { secrets, mesh } = secure;
  const [node] = mesh.nodes;
  assert.ok(node);
  const { port, service } = await startGuarded(t, mesh.addresses, '', {
    ...secure.settings('table'),
    TABLE_ACL_FILE: secrets.tableAclFile,
    TABLE_TLS_CERT: secrets.certificate('table'),
    TABLE_TLS_KEY: secrets.key('table'),
  });
  await service.events.first({ event: 'home' });
  const [ca, password] = [
    await readFile(secrets.caCertificate),
    await readFile(secrets.password('admin'), 'utf8'),
  ];
  const client = await open(t, port, { username: 'admin', password, tls: { ca } });
  const replies = await send(
    client,
    ...['TABLE.NAMESPACE.CREATE shop', 'TABLE.SCHEMA.CREATE shop.users name:string:hash age:integer:hash'],
    ...['TABLE.INSERT shop.users name=ann age=7', 'TABLE.SELECT shop.users WHERE age>5'],
    ...[
      'TABLE.UPDATE shop.users WHERE name=ann SET age=8',
      'TABLE.SCHEMA.ALTER shop.users ADD COLUMN born:date:hash',
    ],
    ...[
      'TABLE.SCHEMA.ALTER shop.users DROP INDEX age',
      'TABLE.SCHEMA.VIEW shop.users',
      'TABLE.NAMESPACE.VIEW',
    ],
    ...[
      'TABLE.EXPLAIN SELECT shop.users WHERE age>5',
      'TABLE.DELETE shop.users',
      'TABLE.DROP shop.users FORCE',
    ],
    ...[
      'TABLE.NAMESPACE.DROP shop FORCE',
      'TABLE.HELP',
      'COMMAND COUNT',
      'MODULE LIST',
      'CLIENT ID',
      'SELECT 1',
    ],
  );
  for (const [i, reply] of replies.entries()) assert.doesNotMatch(String(reply), /^Error/, `reply ${i}`);
  assert.deepEqual(replies[3], [['name', 'ann', 'age', '7']]);
  const admin = await clientOf(t, secure, 'admin', node);
  assert.deepEqual(await admin.call('ACL', 'LOG'), []);
  const [outside] = await send(client, 'GET shared_key');
  assert.match(String(outside), /^Error: NOPERM/, 'the node applies the rules of the user table');
  await assert.rejects(open(t, port, { username: 'admin', password }), 'plain TCP is rejected');

  await t.test(
    'a rotation of the certificates applies to new connections, and keeps the others open',
    async () => {
      const rotated = await rotate(secure, '--certificates');
      assert.equal(rotated.exitCode, 0, rotated.stderr);
      const { fingerprint256 } = new X509Certificate(await readFile(secrets.certificate('table')));
      await eventually(async () => {
        const socket = connectTls({ host: '127.0.0.1', port, ca });
        await once(socket, 'secureConnect');
        const presented = socket.getPeerX509Certificate()?.fingerprint256;
        socket.destroy();
        assert.equal(presented, fingerprint256);
      });
      assert.deepEqual(await send(client, 'ECHO open'), ['open']);
    },
  );

  await t.test('after a rotation of the passwords, only the new ones are valid', async (t) => {
    const rotated = await rotate(secure, '--passwords');
    assert.equal(rotated.exitCode, 0, rotated.stderr);
    const after = await readFile(secrets.password('admin'), 'utf8');
    await eventually(async () => {
      await assert.rejects(
        open(t, port, { username: 'admin', password, tls: { ca } }),
        /rejects the user name/,
      );
      const again = await open(t, port, { username: 'admin', password: after, tls: { ca } });
      assert.deepEqual(await send(again, 'TABLE.NAMESPACE.VIEW'), [[]]);
    });
  });
});
