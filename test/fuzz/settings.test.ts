/** Settings, node lists and the verifier's addresses, whatever the environment says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { accessOf } from '../../common/client-options.ts';
import { parseNode, parseNodes } from '../../common/nodes.ts';
import { readSettings, SERVICES, SETTINGS, type Settings, SettingsError } from '../../common/settings.ts';
import { parseAddresses } from '../../verifier/node/address.ts';
import { HandshakeKeys } from '../../writer/handshake-keys.ts';
import { anyText, check } from './check.ts';

type Name = keyof typeof SETTINGS;
const NAMES = Object.keys(SETTINGS) as Name[];
const SECRET = 'hunter2';

const text = anyText(
  '127.0.0.1',
  '::1',
  '[::1]',
  '7001',
  'redis://',
  'rediss://',
  'true',
  'keyspace',
  '{service}',
  '{hostname}',
);
const good: Partial<Record<Name, string>> = {
  KEYDB_NODES: 'a:1,[::1]:2',
  KEYDB_TLS: 'true',
  KEYDB_DB: '3',
  LOG_LEVEL: 'debug',
};
const environment = fc.record(
  Object.fromEntries(
    NAMES.map((name) => [name, fc.oneof(text, fc.constant(good[name] ?? SETTINGS[name].default))]),
  ),
  { requiredKeys: [] },
);
const port = fc.integer({ min: 1, max: 65_535 });
const host = fc.oneof(fc.ipV4(), fc.domain(), fc.stringMatching(/^[a-z0-9_-]{1,20}$/));

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

/** What a function throws, as text; `undefined` if it does not. */
function refusal(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    assert.equal((error as Error).name, 'Error');
    return (error as Error).message;
  }
}

test('an environment is either read or refused by an error that names what is wrong', () => {
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
        new HandshakeKeys(read.HANDSHAKE_TEMPLATE).has(Object.values(env).join());
      }
    },
    5_000,
  );
});

test('every setting that would be refused alone is named when all are wrong at once', () => {
  const NOT_ALONE = ['HOME_NODE', 'KEYDB_USERNAME', 'KEYDB_TLS_CA', 'HANDSHAKE_KEY', 'SHARED_KEY'];
  check([environment], (env) => {
    const all = settingsOf(env);
    for (const name of NAMES.filter((one) => one in env && !NOT_ALONE.includes(one))) {
      const alone = settingsOf({ [name]: env[name] });
      if (typeof alone === 'string')
        assert.ok(typeof all === 'string' && all.includes(`\n  ${name}: `), name);
    }
  });
});

test('a password appears in no error, wherever it was put', () => {
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
        KEYDB_PASSWORD: `${SECRET}${other}`,
        KEYDB_DB: other,
      };
      const said = refusalOfSettings(env, service);
      assert.ok(!said.includes(SECRET), said);
    }
    const said = refusal(() => parseAddresses(nodes, {})) ?? '';
    assert.ok(!said.includes(SECRET), said);
    assert.ok(!(refusal(() => parseNodes(nodes)) ?? '').includes(SECRET));
  });
});

function refusalOfSettings(env: Record<string, string>, service: (typeof SERVICES)[number]): string {
  try {
    readSettings(env, service);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

test('any host and port is a node, also IPv6, and is named so that it can be read again', () => {
  check(
    [
      fc.oneof(
        host,
        fc.ipV6().map((ip) => `[${ip}]`),
      ),
      port,
    ],
    (host, port) => {
      const node = parseNode(`${host}:${port}`);
      assert.deepEqual([node.host, node.port], [host.replace(/^\[|\]$/g, ''), port]);
      assert.deepEqual(parseNode(node.name), node);
    },
  );
});

test('a port out of range is none', () => {
  check(
    [
      host,
      fc.oneof(fc.integer({ min: 65_536 }), fc.integer({ max: 0 }), fc.double(), fc.constant('9'.repeat(50))),
    ],
    (host, port) => {
      assert.match(refusal(() => parseNode(`${host}:${port}`)) ?? '', /a port from 1 to 65535/);
    },
  );
});

test('a list is read as its nodes, and refused where one stands there twice', () => {
  check([fc.array(fc.tuple(host, port), { minLength: 2, maxLength: 50 })], (pairs) => {
    const names = pairs.map(([host, port]) => `${host}:${port}`);
    const different = new Set(names).size === names.length;
    for (const parse of [parseNodes, (list: string) => parseAddresses(list, {})]) {
      const said = refusal(() =>
        assert.deepEqual(
          parse(names.join(',')).map(({ name }) => name),
          names,
        ),
      );
      if (different) assert.equal(said, undefined);
      else assert.match(said ?? '', /each node once, but .* stands there twice/);
    }
  });
});

test('addresses of the verifier: any user, password and database, none of them in the name', () => {
  const word = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((one) => !/\p{Cs}/u.test(one));
  check(
    [
      word,
      word,
      fc.oneof(
        fc.ipV4(),
        fc.ipV6().map((ip) => `[${ip}]`),
      ),
      port,
      fc.nat(999_999),
    ],
    (username, password, host, port, db) => {
      const credentials = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
      const [address] = parseAddresses(`redis://${credentials}@${host}:${port}/${db},other:1`, {});
      assert.deepEqual(
        [address?.username, address?.password, address?.port, address?.db],
        [username, password, port, db],
      );
      assert.deepEqual(parseNode(address?.name ?? '').port, port);
    },
  );
});

test('no text is more than a wrong list of addresses', () => {
  check(
    [text],
    (text) => {
      const said = refusal(() => parseAddresses(text, {}));
      if (said !== undefined) assert.match(said, /^[^\p{C}]{1,2000}$/u);
      refusal(() => parseNodes(text));
    },
    10_000,
  );
});

test('a list without end is refused in one pass', () => {
  for (const unit of ['a:1,', ',', '[', 'redis://', '@', 'a', ' ', '[::1]:1,']) {
    const list = unit.repeat(100_000 / unit.length);
    assert.equal(typeof refusal(() => parseAddresses(list, {})), 'string');
    assert.equal(typeof refusal(() => parseNodes(list)), 'string');
  }
});
