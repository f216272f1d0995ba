import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'dotenv';
import { ACCESS, accessOf } from '../../common/client-options.ts';
import { SETTINGS } from '../../common/setting-table.ts';
import { describeSettings, pickSettings, readSettings, SettingsError } from '../../common/settings.ts';
import { shown } from '../../common/value.ts';
import { root } from '../../toolkit/root.ts';

/** The names of all settings. */
const NAMES = Object.keys(SETTINGS) as (keyof typeof SETTINGS)[];

function problems(env: Record<string, string>): string {
  try {
    readSettings(env, 'writer');
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.message;
  }
  return assert.fail('no error');
}

test('without any setting, each service has its own home node and its own handshake key', () => {
  const services = ['writer', 'sync-observer', 'async-observer'] as const;
  const homes = services.map((service) => readSettings({}, service).HOME_NODE.name);
  assert.deepEqual(homes, ['127.0.0.1:7001', '127.0.0.1:7002', '127.0.0.1:7003']);
  assert.equal(readSettings({}, 'sync-observer').HANDSHAKE_KEY, 'handshake_key:sync-observer');
  assert.equal(
    readSettings({ SERVICE_NAME: 'second' }, 'sync-observer').HANDSHAKE_KEY,
    'handshake_key:second',
  );
  assert.equal(
    readSettings({ SERVICE_NAME: 'o-{hostname}' }, 'sync-observer').SERVICE_NAME,
    `o-${hostname()}`,
  );
  assert.equal(
    readSettings({ HANDSHAKE_KEY: 'handshake_key' }, 'sync-observer').HANDSHAKE_KEY,
    'handshake_key',
  );
});

test('with fewer nodes than services, services share home nodes', () => {
  assert.equal(readSettings({ KEYDB_NODES: 'a:1' }, 'async-observer').HOME_NODE.name, 'a:1');
});

test('an empty variable counts as absent', () => {
  assert.equal(readSettings({ WRITE_INTERVAL_MS: '', SHARED_KEY: ' ' }, 'writer').WRITE_INTERVAL_MS, 10_000);
});

test('one error lists every invalid setting with the expected value', () => {
  const message = problems({
    KEYDB_NODES: 'a:1,b',
    KEYDB_TLS: 'yes',
    KEYDB_DB: '-1',
    WRITE_INTERVAL_MS: '10s',
    WAIT_REPLICAS: '1.5',
    KEY_CHANNEL: 'both',
    RECHECK_INTERVAL_MS: '99999999999',
    LOG_LEVEL: 'loud',
    LOG_FORMAT: 'xml',
    SERVICE_NAME: 'two words',
  });
  assert.equal(message.split('\n').length, 11);
  for (const expected of [
    'KEYDB_NODES: expected host:port with a port from 1 to 65535, not "b", got "a:1,b"',
    'KEYDB_TLS: expected true or false, got "yes"',
    'KEYDB_DB: expected a whole number from 0 to 1000000, got "-1"',
    'WRITE_INTERVAL_MS: expected a whole number from 1 to 2147483647, got "10s"',
    'KEY_CHANNEL: expected one of keyevent, keyspace, tracking, got "both"',
    'LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent, got "loud"',
  ]) {
    assert.ok(message.includes(`\n  ${expected}`), `${expected}\nis not in\n${message}`);
  }
});

test('accepts the values at the limits of a setting, and rejects the next ones', () => {
  const long = (length: number) => 'x'.repeat(length);
  const number = (min: number, max: number) => `a whole number from ${min} to ${max}`;
  const name = 'letters, digits, ".", "_" and "-", at most 100, and none of seq, micros, timestamp';
  const cases: [keyof typeof SETTINGS, string[], string[], string][] = [
    ['WRITE_INTERVAL_MS', ['1', '2147483647'], ['0', '2147483648', '1.5', '1s', 'x1'], number(1, 2147483647)],
    ['RECHECK_INTERVAL_MS', ['0', '2147483647'], ['2147483648', '-1'], number(0, 2147483647)],
    ['NODE_TIMEOUT_MS', ['50', '600000'], ['49', '600001'], number(50, 600000)],
    ['WAIT_REPLICAS', ['0', '100'], ['101'], number(0, 100)],
    ['KEYDB_DB', ['0', '1000000'], ['1000001'], number(0, 1000000)],
    ['SHARED_KEY', ['k', long(512)], [long(513)], 'a key of at most 512 characters'],
    ['HANDSHAKE_KEY', ['k', long(512)], [long(513)], 'a key of at most 512 characters'],
    ['SERVICE_NAME', ['a.B_9-', long(100)], [long(101), 'ä', 'a b', 'seq', 'micros', 'timestamp'], name],
    ['KEYDB_TLS', ['true', 'false'], ['yes', 'TRUE'], 'true or false'],
    ['VALUE_FORMAT', ['full', 'classic'], ['Classic', 'short'], 'one of full, classic'],
    ['LOG_FORMAT', ['pretty', 'json'], ['xml', 'JSON'], 'one of pretty, json'],
    ['KEY_CHANNEL', ['keyevent', 'keyspace', 'tracking'], ['set'], 'one of keyevent, keyspace, tracking'],
  ];
  for (const [setting, accepted, rejected, expected] of cases) {
    for (const value of accepted) {
      const read: unknown = pickSettings({ [setting]: ` ${value} ` }, [setting])[setting];
      assert.equal(String(read), value, setting);
    }
    for (const value of rejected) {
      assert.throws(() => pickSettings({ [setting]: value }, [setting]), {
        name: 'SettingsError',
        message: `wrong settings (from the environment or .env):\n  ${setting}: expected ${expected}, got "${shown(value, 80)}"`,
      });
    }
  }
  for (const LOG_LEVEL of ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    assert.deepEqual(pickSettings({ LOG_LEVEL }, ['LOG_LEVEL']), { LOG_LEVEL });
  for (const flag of [true, false])
    assert.deepEqual(pickSettings({ KEYDB_TLS: `${flag}` }, ['KEYDB_TLS']), { KEYDB_TLS: flag });
});

test('a home node from the list replaces the default one', () => {
  const { HOME_NODE } = readSettings({ KEYDB_NODES: 'a:1,b:2,c:3', HOME_NODE: 'c:3' }, 'writer');
  assert.deepEqual(HOME_NODE, { host: 'c', port: 3, name: 'c:3' });
});

test('PEER_NAMES maps addresses to nodes of KEYDB_NODES', () => {
  const names = (env: NodeJS.ProcessEnv) => [...pickSettings(env, ['KEYDB_NODES', 'PEER_NAMES']).PEER_NAMES];
  const KEYDB_NODES = 'a:1,[::1]:2';
  assert.deepEqual(names({ KEYDB_NODES }), []);
  assert.deepEqual(names({ KEYDB_NODES, PEER_NAMES: '10.0.0.1:6379=a:1, [fe80::1]:2=[::1]:2' }), [
    ['10.0.0.1:6379', 'a:1'],
    ['[fe80::1]:2', '[::1]:2'],
  ]);
  for (const PEER_NAMES of ['a:1', 'a:1=b', '=', '10.0.0.1:6379=a:1,', 'x:9=a:1=a:1']) {
    assert.match(
      problems({ KEYDB_NODES, PEER_NAMES }),
      /\n {2}PEER_NAMES: expected address=name, comma separated, both as host:port, got /,
      PEER_NAMES,
    );
  }
  assert.match(
    problems({ KEYDB_NODES, PEER_NAMES: '10.0.0.1:6379=z:9' }),
    /\n {2}PEER_NAMES: expected only nodes of KEYDB_NODES \(a:1, \[::1\]:2\), got "z:9"$/,
  );
});

test('without WRITE_NODES, all nodes accept writes', () => {
  const names = (env: NodeJS.ProcessEnv) => readSettings(env, 'writer').WRITE_NODES.map(({ name }) => name);
  assert.deepEqual(names({ KEYDB_NODES: 'a:1,b:2' }), ['a:1', 'b:2']);
  assert.deepEqual(names({ KEYDB_NODES: 'a:1,b:2,c:3', WRITE_NODES: 'c:3, a:1' }), ['c:3', 'a:1']);
});

test('a user with a password or with a password file is complete', () => {
  for (const access of [{ KEYDB_PASSWORD: 'hunter2' }, { KEYDB_PASSWORD_FILE: 'file' }]) {
    const settings = readSettings({ KEYDB_USERNAME: 'me', ...access }, 'writer');
    for (const [name, value] of Object.entries(access)) assert.equal(settings[name as never], value);
  }
  assert.equal(readSettings({ KEYDB_TLS: 'true', KEYDB_TLS_CA: 'ca.pem' }, 'writer').KEYDB_TLS_CA, 'ca.pem');
});

test('an invalid setting is not also reported as a contradiction', () => {
  const key = 'x'.repeat(513);
  assert.match(
    problems({ SHARED_KEY: key, HANDSHAKE_KEY: key, KEYDB_NODES: 'a', HOME_NODE: 'b:1' }),
    /^[^\n]*\n {2}KEYDB_NODES: [^\n]*\n {2}SHARED_KEY: [^\n]*\n {2}HANDSHAKE_KEY: expected a key of [^\n]*$/,
  );
});

test('rejects settings that contradict each other', () => {
  assert.match(
    problems({ KEYDB_NODES: 'a:1,b:2', HOME_NODE: 'z:9' }),
    /\n {2}HOME_NODE: expected one of a:1, b:2, got "z:9"$/,
  );
  assert.match(
    problems({ KEYDB_NODES: 'a:1,b:2', WRITE_NODES: 'b:2,z:9' }),
    /\n {2}WRITE_NODES: expected only nodes of KEYDB_NODES \(a:1, b:2\), got "z:9"$/,
  );
  assert.match(problems({ WRITE_NODES: 'b' }), /\n {2}WRITE_NODES: expected host:port with a port/);
  assert.match(problems({ KEYDB_USERNAME: 'me' }), /KEYDB_PASSWORD: expected a password for KEYDB_USERNAME/);
  assert.match(
    problems({ KEYDB_PASSWORD: 'hunter2', KEYDB_PASSWORD_FILE: 'file' }),
    /KEYDB_PASSWORD_FILE: expected it or KEYDB_PASSWORD, but both are given$/,
  );
  assert.match(problems({ KEYDB_TLS_CA: 'ca.pem' }), /KEYDB_TLS: expected true where KEYDB_TLS_CA/);
  assert.match(
    problems({ HANDSHAKE_KEY: 'shared_key' }),
    /HANDSHAKE_KEY: expected another key than SHARED_KEY/,
  );
});

test('an empty INTERVAL_KEY turns the key off, and the key is another one than the keys of the values', () => {
  const keyIn = (env: NodeJS.ProcessEnv) => readSettings(env, 'sync-observer').INTERVAL_KEY;
  assert.equal(keyIn({}), 'update_interval');
  assert.equal(keyIn({ INTERVAL_KEY: 'every' }), 'every');
  assert.equal(keyIn({ INTERVAL_KEY: ' ' }), '');
  for (const key of ['shared_key', 'handshake_key:sync-observer'])
    assert.throws(() => keyIn({ INTERVAL_KEY: key }), {
      message: new RegExp(
        `INTERVAL_KEY: expected another key than SHARED_KEY and HANDSHAKE_KEY, got "${key}"$`,
      ),
    });
});

test('a tool reads only the settings that it uses', () => {
  const env = { WRITE_INTERVAL_MS: 'never', LOG_LEVEL: 'loud', KEYDB_DB: '3' };
  assert.deepEqual(pickSettings(env, ['KEYDB_DB', 'SHARED_KEY']), { KEYDB_DB: 3, SHARED_KEY: 'shared_key' });
  assert.throws(() => pickSettings({ KEYDB_DB: 'x', KEYDB_NODES: 'y' }, ['KEYDB_DB', 'KEYDB_NODES']), {
    name: 'SettingsError',
    message: /KEYDB_DB: expected .*\n {2}KEYDB_NODES: expected /,
  });
  for (const [name, contradiction] of Object.entries({
    KEYDB_PASSWORD: { KEYDB_USERNAME: 'me' },
    KEYDB_PASSWORD_FILE: { KEYDB_PASSWORD: 'secret', KEYDB_PASSWORD_FILE: '/file' },
    KEYDB_TLS: { KEYDB_TLS_CA: '/file' },
  })) {
    assert.throws(() => pickSettings(contradiction, ACCESS), new RegExp(`\\n  ${name}: expected [^\\n]*$`));
    assert.deepEqual(pickSettings(contradiction, ['KEYDB_DB']), { KEYDB_DB: 0 });
  }
});

test('METRICS_PORT is a port of the loopback interface, or an address that is no node', () => {
  const listens = (METRICS_PORT: string) => readSettings({ METRICS_PORT }, 'writer').METRICS_PORT?.name;
  assert.equal(listens(''), undefined);
  assert.equal(listens('9464'), '127.0.0.1:9464');
  assert.equal(listens('0.0.0.0:9464'), '0.0.0.0:9464');
  for (const wrong of ['0', '65536', 'on', ':9464', '-1'])
    assert.match(
      problems({ METRICS_PORT: wrong }),
      new RegExp(`\\n {2}METRICS_PORT: expected a port from 1 to 65535, or host:port .*, got "${wrong}"$`),
    );
  assert.match(
    problems({ METRICS_PORT: '7002' }),
    /\n {2}METRICS_PORT: expected another address than those of KEYDB_NODES, got "127.0.0.1:7002"$/,
  );
});

test('no password appears in an error', () => {
  const message = problems({
    KEYDB_NODES: 'redis://me:hunter2@a:1',
    KEYDB_PASSWORD: 'hunter2',
    KEYDB_DB: 'x',
  });
  assert.ok(!message.includes('hunter2'), message);
  assert.match(
    message,
    /\n {2}KEYDB_NODES: expected host:port, comma separated, without user and password\n/,
  );
});

test('rejects an unreadable certificate authority', () => {
  const settings = readSettings({ KEYDB_TLS: 'true', KEYDB_TLS_CA: '/nowhere/ca.pem' }, 'writer');
  assert.throws(() => accessOf(settings), /KEYDB_TLS_CA: expected a readable file, got "\/nowhere\/ca.pem"/);
});

test('rejects an unreadable or empty password file', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'settings-test-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'password');
  const access = () => accessOf(readSettings({ KEYDB_USERNAME: 'me', KEYDB_PASSWORD_FILE: file }, 'writer'));
  assert.throws(access, /KEYDB_PASSWORD_FILE: expected a readable file with a password, got ".*" \(ENOENT/);
  await writeFile(file, '\n');
  assert.throws(access, /KEYDB_PASSWORD_FILE: .*\(it is empty\)/);
});

test('reads a password file again for each connection, and keeps the password while the file cannot be read', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'settings-test-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'password');
  await writeFile(file, 'first\n');
  const { password } = accessOf(readSettings({ KEYDB_PASSWORD_FILE: file }, 'writer'));
  assert.equal(password?.(), 'first');
  await writeFile(file, 'second');
  assert.equal(password?.(), 'second');
  await writeFile(file, '');
  assert.equal(password?.(), 'second');
});

test('.env.example has every setting with its default, unit, and meaning, and nothing else', () => {
  const text = readFileSync(join(root, '.env.example'), 'utf8');
  // The default is a comment, so the file documents the setting but does not set it.
  const defaults = parse(text.replace(/^#([A-Z_]+=)/gm, '$1'));
  assert.deepEqual(
    defaults,
    Object.fromEntries(Object.entries(SETTINGS).map(([name, row]) => [name, row.default])),
  );
  for (const name of NAMES) {
    const { about, unit }: { about: string; unit?: string } = SETTINGS[name];
    const comment = text
      .slice(0, text.indexOf(`#${name}=`))
      .split('\n\n')
      .at(-1)
      ?.replace(/^# ?/gm, '')
      .replace(/\s+/g, ' ');
    assert.equal(comment?.trim(), unit === undefined ? about : `${about} (${unit})`, name);
  }
});

test('docs/services.md has a row for each setting with its default, unit, and meaning', () => {
  const rows = readFileSync(join(root, 'docs/services.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| `[A-Z_]+` \|/.test(line));
  const expected = NAMES.map((name) => {
    const { default: value, about, unit }: { default: string; about: string; unit?: string } = SETTINGS[name];
    const shownDefault = value === '' ? '' : `\`${value}\``;
    return `| \`${name}\` | ${shownDefault}${unit === 'milliseconds' ? ' ms' : ''} | ${about} |`;
  });
  assert.deepEqual(rows, expected);
});

test('the help shows each setting with its meaning, its default, and its unit', () => {
  const help = `${describeSettings()}\n`;
  assert.ok(help.startsWith('Settings, from the environment or a file .env:\n  KEYDB_NODES\n'), help);
  for (const name of NAMES) assert.ok(help.includes(`\n  ${name}\n      ${SETTINGS[name].about}\n`), name);
  for (const text of [
    '  KEYDB_USERNAME\n      ACL user; empty: the default user\n      default: empty\n',
    '  KEYDB_DB\n      database number\n      default: 0\n',
    '  WRITE_INTERVAL_MS\n      time between two writes\n      default: 10000 milliseconds\n',
  ])
    assert.ok(help.includes(`\n${text}`), text);
});
