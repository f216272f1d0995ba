import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'dotenv';
import { ACCESS, accessOf } from '../../common/client-options.ts';
import {
  describeSettings,
  pickSettings,
  readSettings,
  SERVICES,
  SETTINGS,
  SettingsError,
} from '../../common/settings.ts';
import { root } from '../../local/root.ts';

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
  const homes = SERVICES.map((service) => readSettings({}, service).HOME_NODE.name);
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

test('with fewer nodes than services, homes go round', () => {
  assert.equal(readSettings({ KEYDB_NODES: 'a:1' }, 'async-observer').HOME_NODE.name, 'a:1');
});

test('an empty variable counts as absent', () => {
  assert.equal(readSettings({ WRITE_INTERVAL_MS: '', SHARED_KEY: ' ' }, 'writer').WRITE_INTERVAL_MS, 10_000);
});

test('one error lists every bad setting with what was expected', () => {
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
    'KEY_CHANNEL: expected one of keyevent, keyspace, got "both"',
    'LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent, got "loud"',
  ]) {
    assert.ok(message.includes(`\n  ${expected}`), `${expected}\nis not in\n${message}`);
  }
});

test('settings that contradict each other', () => {
  assert.match(problems({ HOME_NODE: 'z:9' }), /HOME_NODE: expected one of 127.0.0.1:7001, .*, got "z:9"/);
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

test('no password appears in an error', () => {
  const message = problems({
    KEYDB_NODES: 'redis://me:hunter2@a:1',
    KEYDB_PASSWORD: 'hunter2',
    KEYDB_DB: 'x',
  });
  assert.ok(!message.includes('hunter2'), message);
  assert.ok(message.includes('KEYDB_NODES'));
});

test('a certificate authority that cannot be read is a wrong setting', () => {
  const settings = readSettings({ KEYDB_TLS: 'true', KEYDB_TLS_CA: '/nowhere/ca.pem' }, 'writer');
  assert.throws(() => accessOf(settings), /KEYDB_TLS_CA: expected a readable file, got "\/nowhere\/ca.pem"/);
});

test('a password file that cannot be read, or is empty, is a wrong setting', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'settings-test-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'password');
  const access = () => accessOf(readSettings({ KEYDB_USERNAME: 'me', KEYDB_PASSWORD_FILE: file }, 'writer'));
  assert.throws(access, /KEYDB_PASSWORD_FILE: expected a readable file with a password, got ".*" \(ENOENT/);
  await writeFile(file, '\n');
  assert.throws(access, /KEYDB_PASSWORD_FILE: .*\(it is empty\)/);
});

test('a password file is read anew for each connection, and kept while it cannot be read', async (t) => {
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

test('.env.example has every setting with its default, unit and meaning, and nothing else', () => {
  const text = readFileSync(join(root, '.env.example'), 'utf8');
  // As a comment, a default shows what a setting is without making it one.
  const shown = parse(text.replace(/^#([A-Z_]+=)/gm, '$1'));
  assert.deepEqual(
    shown,
    Object.fromEntries(Object.entries(SETTINGS).map(([name, row]) => [name, row.default])),
  );
  for (const [name, { about, unit }] of Object.entries(SETTINGS) as [
    string,
    { about: string; unit?: string },
  ][]) {
    const comment = text
      .slice(0, text.indexOf(`#${name}=`))
      .split('\n\n')
      .at(-1)
      ?.replace(/^# ?/gm, '')
      .replace(/\s+/g, ' ');
    assert.ok(comment?.includes(about), `${name}: "${about}" is not in "${comment}"`);
    assert.ok(comment?.includes(unit ?? ''), `${name}: no unit in "${comment}"`);
    assert.ok(describeSettings().includes(`  ${name}\n      ${about}`));
  }
});
