/** Tests the settings with any environment. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { accessOf } from '../../common/client-options.ts';
import { HandshakeKeys } from '../../common/handshake-keys.ts';
import { parseNodes } from '../../common/nodes.ts';
import { SERVICES } from '../../common/services.ts';
import { SETTINGS } from '../../common/setting-table.ts';
import { readSettings, type Settings, SettingsError } from '../../common/settings.ts';
import { parseAddresses } from '../../toolkit/node/address.ts';
import { anyText, check, rejection, SETTING_WORDS } from './check.ts';

type Name = keyof typeof SETTINGS;
const NAMES = Object.keys(SETTINGS) as Name[];
const SECRET = 'hunter2';

const text = anyText(...SETTING_WORDS);
const good: Partial<Record<Name, string>> = {
  KEYDB_NODES: 'a:1,[::1]:2',
  WRITE_NODES: '[::1]:2',
  KEYDB_TLS: 'true',
  KEYDB_DB: '3',
  LOG_LEVEL: 'debug',
  METRICS_PORT: '0.0.0.0:9464',
};
const environment = fc.record(
  Object.fromEntries(
    NAMES.map((name) => [name, fc.oneof(text, fc.constant(good[name] ?? SETTINGS[name].default))]),
  ),
  { requiredKeys: [] },
);
function settingsOf(env: NodeJS.ProcessEnv): Settings | string {
  try {
    const settings = readSettings(env, 'sync-observer');
    accessOf(settings);
    return settings;
  } catch (error) {
    assert.ok(error instanceof SettingsError, `${error}`);
    return error.message;
  }
}

test('reads an environment, or rejects it with an error that names the invalid setting', () => {
  check(
    [environment],
    (env) => {
      const read = settingsOf(env);
      if (typeof read === 'string') {
        const lines = read.split('\n').slice(1);
        assert.ok(lines.length > 0);
        for (const line of lines)
          assert.match(line, new RegExp(`^  (${NAMES.join('|')}): [^\\p{C}]{1,2000}$`, 'u'));
      } else {
        assert.ok(read.KEYDB_NODES.includes(read.HOME_NODE));
        const names = read.KEYDB_NODES.map((node) => node.name);
        assert.ok(read.WRITE_NODES.length > 0 && read.WRITE_NODES.every((node) => names.includes(node.name)));
        new HandshakeKeys(read.HANDSHAKE_TEMPLATE).has(Object.values(env).join());
      }
    },
    5_000,
  );
});

test('names every invalid setting when several are invalid at once', () => {
  const NOT_ALONE = [
    'HOME_NODE',
    'WRITE_NODES',
    'PEER_NAMES',
    'KEYDB_USERNAME',
    'KEYDB_PASSWORD_FILE',
    'OPERATOR_USERNAME',
    'OPERATOR_PASSWORD_FILE',
    'INTERVAL_KEY',
    'KEYDB_TLS_CA',
    'METRICS_PORT',
    'HANDSHAKE_KEY',
    'SHARED_KEY',
  ];
  check([environment], (env) => {
    const all = settingsOf(env);
    for (const name of NAMES.filter((one) => one in env && !NOT_ALONE.includes(one))) {
      const alone = settingsOf({ [name]: env[name] });
      if (typeof alone === 'string')
        assert.ok(typeof all === 'string' && all.includes(`\n  ${name}: `), name);
    }
  });
});

test('no error contains a password, whichever setting contains it', () => {
  const around = fc.constantFrom(
    '',
    'redis://',
    'redis://:',
    'redis://me:',
    '@',
    ':',
    'a:1,',
    '//',
    'me:',
    ',b:2',
    '@a:1',
    '@a:1,b:2',
    '@b',
    '/',
    '#@a:1',
    ' ',
  );
  const url = fc.tuple(around, around, around, around).map(([a, b, c, d]) => `${a}${b}${SECRET}${c}${d}`);
  const nodes = url.filter((one) => one.includes('@') && one.indexOf(SECRET) < one.lastIndexOf('@'));
  check([nodes, text], (nodes, other) => {
    for (const service of SERVICES) {
      const env = {
        KEYDB_NODES: nodes,
        HOME_NODE: nodes,
        WRITE_NODES: nodes,
        KEYDB_PASSWORD: `${SECRET}${other}`,
        KEYDB_DB: other,
      };
      const message = rejectionOfSettings(env, service);
      assert.ok(!message.includes(SECRET), message);
    }
    const message = rejection(() => parseAddresses(nodes, {})) ?? '';
    assert.ok(!message.includes(SECRET), message);
    assert.ok(!(rejection(() => parseNodes(nodes)) ?? '').includes(SECRET));
  });
});

function rejectionOfSettings(env: Record<string, string>, service: (typeof SERVICES)[number]): string {
  try {
    readSettings(env, service);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}
