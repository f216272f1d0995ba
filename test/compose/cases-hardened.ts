/** Checks the permissions and limits of the containers, and the contents of the service image. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SERVICES } from '../../common/services.ts';
import { root } from '../../toolkit/root.ts';
import type { Case } from './cases-brought-up.ts';
import { type ContainerName, NODES, type Stack } from './stack.ts';

/** Script that Node.js runs in a container. */
const LIST_FILES = `
  const skipped = ['/proc', '/sys', '/dev', '/app', '/run/secrets'];
  const list = (folder) => fs.readdirSync(folder, { withFileTypes: true }).forEach((entry) => {
    const path = folder.replace(/\\/$/, '') + '/' + entry.name;
    if (skipped.includes(path)) return;
    entry.isDirectory() ? list(path) : console.log(path);
  });
  list('/');`;

/** Node.js, its shared libraries, user and host names, and files that Docker adds. */
const NEEDED = [
  /^\/usr\/local\/bin\/node$/,
  /^(\/usr)?\/lib(32|64)?\/([\w-]+\/)?[\w.+-]+\.so(\.\d+)*$/,
  /^\/etc\/(passwd|group|nsswitch\.conf)$/,
  /^\/(\.dockerenv|etc\/(hosts|hostname|resolv\.conf|mtab)|sbin\/docker-init)$/,
];

export const HARDENED: Record<string, Case> = {
  'no container runs as root, has a capability, or can write outside of its data': async (stack) => {
    for (const name of [...NODES, ...SERVICES]) {
      const status = await statusOf(stack, name);
      assert.match(status, /^Uid:\t[1-9]/m, name);
      assert.match(status, /^CapBnd:\t0+$/m, name);
      assert.match(status, /^NoNewPrivs:\t1$/m, name);
      const { Config, HostConfig } = await stack.inspect(name);
      assert.match(Config.User, /^(keydb|[1-9]\d*(:\d+)?)$/, name);
      assert.equal(HostConfig.ReadonlyRootfs, true, name);
      assert.equal(HostConfig.Privileged, false, name);
      assert.deepEqual(HostConfig.CapDrop, ['ALL'], name);
      assert.deepEqual(HostConfig.CapAdd ?? [], [], name);
      assert.deepEqual(HostConfig.SecurityOpt, ['no-new-privileges:true'], name);
    }
  },

  'each container has limits for memory and processes': async (stack) => {
    for (const name of [...NODES, ...SERVICES]) {
      const { Memory, PidsLimit } = (await stack.inspect(name)).HostConfig;
      assert.ok(Memory > 0 && Memory <= 2 ** 30, `${name}: ${Memory}`);
      assert.ok(PidsLimit > 0 && PidsLimit <= 64, `${name}: ${PidsLimit}`);
    }
  },

  'nodes reject writes at half of the memory of their containers, because a snapshot may need as much again':
    async (stack) => {
      for (const name of NODES) {
        const { Memory } = (await stack.inspect(name)).HostConfig;
        const client = stack.connect(name);
        const [, limit] = await client.config('GET', 'maxmemory');
        assert.ok(Number(limit) > 0 && 2 * Number(limit) <= Memory, `${name}: ${limit} of ${Memory}`);
        assert.deepEqual(await client.config('GET', 'maxmemory-policy'), ['maxmemory-policy', 'noeviction']);
        client.disconnect();
      }
    },

  'the service image has no shell and no package manager': async (stack) => {
    for (const tool of ['sh', 'bash', 'busybox', 'npm', 'npx', 'corepack', 'apt', 'apk', 'dpkg']) {
      await assert.rejects(stack.exec('writer', tool), /executable file not found/, tool);
    }
    const files = (await stack.exec('writer', 'node', '-e', LIST_FILES)).split('\n');
    assert.ok(files.includes('/usr/local/bin/node'), files.join('\n'));
    assert.deepEqual(
      files.filter((file) => !NEEDED.some((pattern) => pattern.test(file))),
      [],
    );
  },

  'the service image contains only the files that the services need': async (stack) => {
    const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    assert.deepEqual(await inImage(stack, '.'), ['dist', 'monitor', 'node_modules', 'package.json', 'table']);
    assert.deepEqual(await inImage(stack, 'monitor'), ['page']);
    assert.deepEqual(await inImage(stack, 'table'), ['lua']);
    for (const name of await inImage(stack, 'monitor/page')) assert.match(name, /\.(html|css|js|svg)$/);
    assert.doesNotMatch(String(await inImage(stack, 'dist')), /test|local|security|tsbuildinfo/);
    const installed = await fileIn(stack, 'writer', 'node_modules/.package-lock.json');
    for (const name of Object.keys(devDependencies)) {
      assert.ok(!installed.includes(`"node_modules/${name}"`), name);
    }
  },
};

function statusOf(stack: Stack, name: ContainerName): Promise<string> {
  const path = '/proc/1/status';
  return name.startsWith('keydb') ? stack.exec(name, 'cat', path) : fileIn(stack, name, path);
}

async function inImage(stack: Stack, folder: string): Promise<string[]> {
  const script = `console.log(JSON.stringify(fs.readdirSync('${folder}').sort()))`;
  return JSON.parse(await stack.exec('writer', 'node', '-e', script));
}

function fileIn(stack: Stack, name: ContainerName, path: string): Promise<string> {
  return stack.exec(name, 'node', '-e', `console.log(fs.readFileSync('${path}', 'utf8'))`);
}
