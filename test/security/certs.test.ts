/** Tests the secrets that `npm run certs` creates, and the invalid options that it rejects. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { appendFile, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { digestOf } from '../../operate/security/acl-file.ts';
import { makeAuthority, makeNodeCertificate } from '../../operate/security/authority.ts';
import { readPasswords } from '../../operate/security/passwords.ts';
import { provideSecrets } from '../../operate/security/provide-secrets.ts';
import { SERVER_NAMES, SecretsFolder } from '../../operate/security/secrets-folder.ts';
import { startEntry } from '../helpers/entry.ts';
import { needsOpenssl } from '../helpers/tls.ts';
import { temporaryFolder } from './secure-mesh.ts';

const certs = (out: string, args: string[] = [], env = {}) =>
  startEntry('operate/security/certs', ['--out', out, ...args], env);

test('a certificate is valid for exactly the given IPv4 and IPv6 addresses', async () => {
  const addresses = [
    '10.1.2.3',
    '::1',
    '2001:db8::8:800:200c:417a',
    'fe80::',
    '::ffff:192.0.2.1',
    '1:2:3:4:5:6:7:8',
  ];
  const authority = await makeAuthority(1);
  const { certificate } = await makeNodeCertificate(authority, ['node', ...addresses], 1);
  const made = new X509Certificate(certificate);
  for (const address of addresses) assert.ok(made.checkIP(address), `${address} in ${made.subjectAltName}`);
  for (const other of ['::2', '10.1.2.4', '2001:db8::']) assert.equal(made.checkIP(other), undefined);
});

test('certs creates all secrets of a mesh, readable by their owner only', async (t) => {
  const secrets = new SecretsFolder(join(await temporaryFolder(t), 'secrets'));
  const made = await certs(secrets.path, ['--days', '40'], { SUBNET_PREFIX: '10.1.2' });
  assert.equal(made.exitCode, 0, made.stderr);
  const passwords = await readPasswords(secrets);

  await t.test('files have mode 600 and folders 700', async () => {
    const entries = await readdir(secrets.path, { recursive: true, withFileTypes: true });
    assert.equal(entries.length, 24);
    for (const entry of entries) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      assert.equal((mode & 0o777).toString(8), entry.isDirectory() ? '700' : '600', entry.name);
    }
    assert.equal(((await stat(secrets.path)).mode & 0o777).toString(8), '700');
  });

  await t.test('every password is unique, long, one line, and nowhere else', async () => {
    const values = Object.values(passwords);
    assert.equal(new Set(values).size, values.length);
    for (const password of values) assert.match(password, /^[\w-]{43}$/);
    const files = [secrets.aclFile, secrets.tableAclFile].map((file) => readFile(file, 'utf8'));
    const shown = (await Promise.all(files)).join('') + made.stdout + made.stderr;
    for (const password of values) assert.ok(!shown.includes(password));
  });

  await t.test('the authority signs a certificate for each node, with all its names', async () => {
    const ca = new X509Certificate(await readFile(secrets.caCertificate));
    assert.ok(ca.ca && ca.checkIssued(ca));
    for (const [i, node] of SERVER_NAMES.entries()) {
      const certificate = new X509Certificate(await readFile(secrets.certificate(node)));
      assert.ok(certificate.checkIssued(ca) && certificate.verify(ca.publicKey) && !certificate.ca);
      assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
      for (const host of [node, 'localhost']) assert.equal(certificate.checkHost(host), host);
      const compose = node === 'table' ? [] : [`10.1.2.1${i + 1}`, `10.1.2.14${i + 1}`];
      for (const ip of ['127.0.0.1', '::1', ...compose]) {
        assert.ok(certificate.checkIP(ip), `${node} ${ip}`);
      }
      assert.equal(certificate.checkHost('keydb_09'), undefined);
      const days = (Date.parse(certificate.validTo) - Date.now()) / 86_400_000;
      assert.ok(days > 39 && days <= 40, certificate.validTo);
    }
  });

  await t.test('openssl accepts the certificates', { skip: needsOpenssl }, async () => {
    const files = SERVER_NAMES.map((server) => secrets.certificate(server));
    await execa('openssl', ['verify', '-x509_strict', '-CAfile', secrets.caCertificate, ...files]);
  });

  await t.test('does not overwrite existing secrets', async () => {
    const before = await everything(secrets);
    const again = await certs(secrets.path);
    assert.equal(again.exitCode, 2);
    assert.match(again.stderr, /is not empty: --renew replaces the certificates/);
    assert.deepEqual(await everything(secrets), before);
  });

  await t.test('--renew replaces only the certificates of the nodes and the gateway', async () => {
    assert.deepEqual(await changedBy(secrets, ['--renew']), [
      ...SERVER_NAMES.flatMap((server) => [`nodes/${server}.crt`, `nodes/${server}.key`]),
    ]);
  });

  await t.test('--rules replaces the access rules, and start warns until then', async () => {
    const warned = () => warnings(secrets.path, { SHARED_KEY: 'another' });
    assert.match(await warned(), /does not match KEYDB_DB, SHARED_KEY.*npm run certs -- --rules/);
    assert.deepEqual(await changedBy(secrets, ['--rules'], { SHARED_KEY: 'another' }), ['users.acl']);
    assert.equal(await warned(), '');
    const rejected = await certs(secrets.path, ['--rules'], { SHARED_KEY: 'two words' });
    assert.equal(rejected.exitCode, 2);
    assert.match(rejected.stderr, /SHARED_KEY: expected a key without spaces.*got "two words"/);
  });

  await t.test('--rules creates the password of a user that secrets of an earlier version lack', async () => {
    await rm(secrets.password('operator'));
    const renewed = await certs(secrets.path, ['--rules'], { SHARED_KEY: 'another' });
    assert.equal(renewed.exitCode, 0, renewed.stderr);
    assert.match(await readFile(secrets.password('operator'), 'utf8'), /^[\w-]{43}$/);
    const missing = await certs(join(secrets.path, 'none'), ['--rules']);
    assert.equal(missing.exitCode, 2);
    assert.match(missing.stderr, /cannot read .*none\/users.acl .*create the secrets with npm run certs/);
  });

  await t.test('start warns about certificates that expire soon', async () => {
    assert.equal(await warnings(secrets.path, { SHARED_KEY: 'another' }), '');
    await certs(secrets.path, ['--renew', '--days', '20']);
    assert.match(
      await warnings(secrets.path, { SHARED_KEY: 'another' }),
      /WARNING: the certificate of keydb_01 expires on \d{4}-\d\d-\d\d: npm run certs -- --renew/,
    );
  });

  await t.test('--force replaces all secrets', async () => {
    assert.equal((await changedBy(secrets, ['--force'])).length, (await everything(secrets)).size);
  });

  await t.test(
    "the gateway's access file keeps the lines of the operator, with the new password of admin",
    async () => {
      const line = 'user app on nopass ~shop.* +@table';
      await appendFile(secrets.tableAclFile, `${line}\n`);
      for (const args of [['--rules'], ['--force']])
        assert.equal((await certs(secrets.path, args)).exitCode, 0, args.join(' '));
      const { admin } = await readPasswords(secrets);
      const lines = (await readFile(secrets.tableAclFile, 'utf8')).split('\n');
      assert.deepEqual(lines.slice(-3), [`user admin #${digestOf(admin)} on ~* +@all`, line, '']);
    },
  );

  await t.test('reports invalid options and missing files in one line each', async () => {
    const bad = await certs(secrets.path, ['--days', '0']);
    assert.equal(bad.exitCode, 2);
    assert.match(bad.stderr, /argument '0' is invalid. Expected a whole number from 1 to 3650/);
    const missing = await certs(join(secrets.path, 'none'), ['--renew']);
    assert.equal(missing.exitCode, 2);
    assert.match(missing.stderr, /cannot read .*none\/ca.crt .*create the secrets with npm run certs/);
  });
});

async function everything({ path }: SecretsFolder): Promise<Map<string, string>> {
  const entries = (await readdir(path, { recursive: true, withFileTypes: true })).filter((one) =>
    one.isFile(),
  );
  const files = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const)));
}

/** Returns the files that the tool changes. */
async function changedBy(secrets: SecretsFolder, args: string[], env = {}): Promise<string[]> {
  const before = await everything(secrets);
  const run = await certs(secrets.path, args, env);
  assert.equal(run.exitCode, 0, run.stderr);
  const after = await everything(secrets);
  assert.deepEqual([...after.keys()], [...before.keys()]);
  return [...after].flatMap(([file, text]) =>
    text === before.get(file) ? [] : [file.slice(secrets.path.length + 1)],
  );
}

/** Returns the warnings at a start with these settings. */
async function warnings(path: string, settings: Record<string, string>): Promise<string> {
  const lines: string[] = [];
  await provideSecrets(path, (line) => lines.push(line), settings);
  return lines.join('\n');
}
