/** Checks where secrets are stored, that they appear nowhere else, and their rotation. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { SERVICES } from '../../common/services.ts';
import { SERVER_NAMES, type SecretsFolder } from '../../operate/security/secrets-folder.ts';
import { USER_NAMES } from '../../operate/security/users.ts';
import { root } from '../../toolkit/root.ts';
import type { Case } from './cases-brought-up.ts';
import { ask, assertAgreed } from './mesh-state.ts';
import { NODES, type Stack } from './stack.ts';

/** Prints the mode, owner, and name of each file. */
const LIST_SECRETS = `
  for (const name of fs.readdirSync('/run/secrets').sort()) {
    const { mode, uid } = fs.statSync('/run/secrets/' + name);
    console.log((mode & 0o777).toString(8), uid === process.getuid() ? 'own' : uid, name);
  }`;

export function secretCases(secrets: SecretsFolder): Record<string, Case> {
  return {
    'each container has only the secrets that it needs, readable by its user only': async (stack) => {
      for (const node of NODES) {
        const list = 'cd /run/secrets && stat -c "%a %U %n" *';
        assert.deepEqual(
          (await stack.exec(node, 'sh', '-c', list)).split('\n'),
          ['ca.crt', 'monitor', 'node.crt', 'node.key', 'replication.conf', 'users.acl'].map(
            (name) => `400 keydb ${name}`,
          ),
        );
        const certificate = await stack.exec(node, 'cat', '/run/secrets/node.crt');
        assert.equal(certificate.trim(), (await readFile(secrets.certificate(node), 'utf8')).trim());
      }
      for (const service of SERVICES) {
        const list = await stack.exec(service, 'node', '-e', LIST_SECRETS);
        assert.deepEqual(list.split('\n'), ['400 own ca.crt', '400 own password']);
        const script = "process.stdout.write(fs.readFileSync('/run/secrets/password'))";
        const password = await stack.exec(service, 'node', '-e', script);
        assert.equal(password, await readFile(secrets.password(service), 'utf8'));
      }
    },

    'the gateway also has its certificate and its access file, readable by its user only': async (stack) => {
      const run = ['--profile', 'table', 'run', '--rm', '--no-deps', '-T', '--entrypoint', 'node'];
      const list = await stack.compose(...run, 'table', '-e', LIST_SECRETS);
      const files = ['ca.crt', 'password', 'table.acl', 'table.crt', 'table.key'];
      assert.deepEqual(
        list.split('\n'),
        files.map((name) => `400 own ${name}`),
      );
    },

    'the container that distributes secrets had no network and two capabilities, and has exited': async (
      stack,
    ) => {
      const { State, HostConfig } = await stack.inspect('certs');
      assert.equal(State.ExitCode, 0);
      assert.equal(HostConfig.NetworkMode, 'none');
      assert.equal(HostConfig.ReadonlyRootfs, true);
      assert.deepEqual(HostConfig.CapDrop, ['ALL']);
      assert.deepEqual(HostConfig.CapAdd?.map((name) => name.replace(/^CAP_/, '')).sort(), [
        'CHOWN',
        'DAC_READ_SEARCH',
      ]);
    },

    'no secret appears in docker inspect, an image, a log, or the process list': async (stack) => {
      const seen = await everythingSeen(stack);
      assert.match(seen, /KEYDB_PASSWORD_FILE=/, 'the searched text contains the settings');
      for (const [name, secret] of await secretTexts(secrets)) assert.ok(!seen.includes(secret), name);
    },

    'rotates certificates and passwords while the services write': async (stack) => {
      const { seq } = await assertAgreed(stack);
      const old = await passwords(secrets);
      const { command, env } = stack.inShell('run', '--rm', 'certs');
      const KEYDB_NODES = NODES.map((node) => `127.0.0.1:${stack.port(node)}`).join();
      const rotate = (...args: string[]) =>
        runEntry('operate/security/rotate', ['--secrets', secrets.path, ...args], { ...env, KEYDB_NODES });
      await assert.rejects(rotate(), /\/run\/secrets\/node\.crt.*--distribute/);
      assert.deepEqual(await passwords(secrets), old);
      await rotate('--distribute', command);
      await assertAgreed(stack, { afterSeq: seq });

      const tls = { ca: await readFile(secrets.caCertificate) };
      for (const node of NODES) {
        for (const [username, password] of old) {
          await assert.rejects(ask(stack, node, { tls, username, password }), /WRONGPASS/, username);
        }
      }
      const written = [...(await stack.logs('writer')).matchAll(/writer set shared_key: Writer seq (\d+)/g)];
      const numbers = written.map(([, number]) => Number(number));
      assert.deepEqual(
        numbers,
        numbers.map((_, i) => i + 1),
        'each write was sent exactly once',
      );
      await runEntry('lab/verifier/main', [], {
        ...env,
        KEYDB_NODES,
        KEYDB_TLS: 'true',
        KEYDB_TLS_CA: secrets.caCertificate,
        KEYDB_USERNAME: 'verifier',
        KEYDB_PASSWORD_FILE: secrets.password('verifier'),
      });
    },

    'restarted nodes use the distributed secrets': async (stack) => {
      const { seq } = await assertAgreed(stack);
      await stack.compose('restart', 'keydb_02');
      await stack.compose('up', '--wait', '--detach');
      await assertAgreed(stack, { afterSeq: seq });
    },
  };
}

/** Returns the output of docker inspect, logs, and top for the whole project. */
async function everythingSeen(stack: Stack): Promise<string> {
  const filter = ['--quiet', '--filter', `label=com.docker.compose.project=${stack.project}`];
  const ids = async (...list: string[]) => (await stack.docker(...list, ...filter)).split('\n');
  const containers = await ids('ps', '--all');
  const images = await ids('image', 'ls');
  const inspected = [
    ...containers,
    ...images,
    ...(await ids('volume', 'ls')),
    ...(await ids('network', 'ls')),
  ];
  const texts = [await stack.docker('inspect', ...inspected), await stack.compose('logs', '--no-color')];
  for (const image of images) texts.push(await stack.docker('history', '--no-trunc', image));
  for (const name of [...NODES, ...SERVICES]) texts.push(await stack.docker('top', await stack.id(name)));
  return texts.join('\n');
}

/** Returns the passwords, and one unique line of each private key. */
async function secretTexts(secrets: SecretsFolder): Promise<[name: string, text: string][]> {
  const keys = [secrets.caKey, ...SERVER_NAMES.map((server) => secrets.key(server))];
  const lines = keys.map(async (file): Promise<[string, string]> => {
    const [, line = ''] = /-----\n(.+)\n/.exec(await readFile(file, 'utf8')) ?? [];
    assert.ok(line.length > 20, file);
    return [file, line];
  });
  return [...(await passwords(secrets)), ...(await Promise.all(lines))];
}

function passwords(secrets: SecretsFolder): Promise<[user: string, password: string][]> {
  return Promise.all(
    USER_NAMES.map(
      async (user) => [user, await readFile(secrets.password(user), 'utf8')] as [string, string],
    ),
  );
}

/** @throws Error with its output if the exit code is not 0. */
function runEntry(entry: string, args: readonly string[], env: Record<string, string>) {
  const file = join(root, 'dist', `${entry}.js`);
  return execa(process.execPath, [file, ...args], { cwd: root, env, extendEnv: false, stdin: 'ignore' });
}
