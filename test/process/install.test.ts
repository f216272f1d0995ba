/** Tests what `npm start` installs. The package managers are scripts that record their arguments. */
import assert from 'node:assert/strict';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { execa } from 'execa';
import { freePorts } from '../../toolkit/ports.ts';
import { root } from '../../toolkit/root.ts';
import { endWithTests } from '../helpers/ending.ts';
import { eventually } from '../helpers/eventually.ts';
import { portsOfNodes } from '../helpers/local.ts';
import { engine } from '../helpers/nodes.ts';

const START_DEADLINE_MS = 60_000;
/** Value for a test's `skip` option: `provideEngine` also searches these folders, which PATH cannot hide. */
const notHidden =
  /^(\/usr\/local\/sbin|\/usr\/sbin|\/sbin)$/.test(dirname(engine.path)) &&
  'needs an engine that PATH can hide';

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'install-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Creates a program that appends its arguments to `calls`, and then runs shell lines. */
async function program(folder: string, name: string, ...lines: string[]): Promise<void> {
  const text = ['#!/bin/sh', `echo ${name} "$@" >> '${join(folder, 'calls')}'`, ...lines, ''].join('\n');
  await writeFile(join(folder, name), text);
  await chmod(join(folder, name), 0o755);
}

/** Returns the recorded calls of the programs in a folder, one line each. */
async function callsIn(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, 'calls'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

test('run.mjs rejects an old Node.js, installs dependencies that are missing or outdated, compiles, and runs the entry', async (t) => {
  const [project, bin] = [await folderOf(t), await folderOf(t)];
  await mkdir(join(project, 'toolkit'));
  await copyFile(join(root, 'toolkit/run.mjs'), join(project, 'toolkit/run.mjs'));
  const requireNode = (node: string) =>
    writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module', engines: { node } }));
  // As text, 9 is greater than any version from 10 on.
  await requireNode('^9.99.0 || >=11');
  await writeFile(join(project, 'package-lock.json'), '{}');
  const options = { outDir: 'dist', rootDir: '.', types: [], module: 'nodenext' };
  await writeFile(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, include: ['hello.ts'] }),
  );
  await writeFile(join(project, 'hello.ts'), "console.log('hello from the entry');\nexport {};\n");
  const run = () =>
    execa(process.execPath, [join(project, 'toolkit/run.mjs'), 'hello'], {
      reject: false,
      env: { PATH: `${bin}${delimiter}${process.env.PATH}` },
    });

  await program(bin, 'npm', 'echo no such registry >&2', 'exit 1');
  const failed = await run();
  assert.equal(failed.exitCode, 1);
  assert.match(
    failed.stderr,
    /^Installing the dependencies…\nno such registry\nThe dependencies could not be installed/,
  );

  const modules = join(project, 'node_modules');
  const record = join(modules, '.package-lock.json');
  const typescript = join(root, 'node_modules/typescript');
  await program(
    bin,
    'npm',
    `mkdir -p '${modules}'`,
    `ln -sfn '${typescript}' '${join(modules, 'typescript')}'`,
    `echo '{}' > '${record}'`,
  );
  const installed = await run();
  assert.deepEqual([installed.exitCode, installed.stdout], [0, 'hello from the entry'], installed.stderr);
  assert.match(installed.stderr, /^Installing the dependencies…/);
  const again = await run();
  assert.deepEqual([again.exitCode, again.stdout, again.stderr], [0, 'hello from the entry', '']);

  await utimes(record, 0, 0);
  assert.match((await run()).stderr, /^Installing the dependencies…/);

  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  await requireNode(`>=${major}.${minor + 1}`);
  const tooOld = await run();
  assert.deepEqual([tooOld.exitCode, tooOld.stdout], [1, '']);
  assert.match(
    tooOld.stderr,
    new RegExp(
      `^Node\\.js ${major}\\.${minor + 1} or newer is needed, and this is ${process.versions.node}\\. `,
    ),
  );
  const call = 'npm ci --no-fund --no-audit --loglevel=error';
  assert.deepEqual(await callsIn(bin), [call, call, call]);
});

/** Runs `npm run cluster` with the programs of one folder only. */
function cluster(bin: string, base: number) {
  return execa(process.execPath, [join(root, 'dist/operate/local/cluster.js'), '--base-port', String(base)], {
    env: { PATH: bin },
    extendEnv: false,
    reject: false,
    all: true,
  });
}

test('installs an engine if none is available, and uses it', { skip: notHidden }, async (t) => {
  const bin = await folderOf(t);
  const [base = 0] = await portsOfNodes(t, engine.name);
  await program(bin, 'sudo', 'shift', 'exec "$@"');
  const place = `[ "$1" = update ] || /bin/ln -s '${engine.path}' '${join(bin, engine.name)}'`;
  await program(bin, 'apt-get', `[ "$DEBIAN_FRONTEND" = noninteractive ] || exit 1`, place);
  const started = endWithTests(cluster(bin, base));
  t.after(() => started.kill('SIGKILL'));
  let output = '';
  started.all.on('data', (chunk) => {
    output += String(chunk);
  });
  await eventually(() => assert.match(output, /^cluster +\| ready: /m), START_DEADLINE_MS);
  assert.match(output, /found no keydb-server, valkey-server, or redis-server: installing one with apt-get…/);
  assert.match(output, new RegExp(`starting three nodes of ${engine.name} on `));
  started.kill('SIGINT');
  assert.equal((await started).exitCode, 0, output);
  assert.deepEqual(
    (await callsIn(bin)).filter((call) => call.startsWith('apt-get')),
    ['apt-get update -qq', 'apt-get install -y -qq --no-install-recommends redis-server'],
  );
});

test('prints the reason and the remedy in one line if no engine can be installed', {
  skip: notHidden,
}, async (t) => {
  const [base = 0] = await freePorts(3);
  for (const [lines, expected] of [
    [
      ['echo E: no network >&2', 'exit 100'],
      /^apt-get could not install a server \(E: no network\): install KeyDB/m,
    ],
    [
      [],
      /^there is no KeyDB, Valkey, or Redis server on this machine, and no known package manager: install KeyDB/m,
    ],
  ] as const) {
    const bin = await folderOf(t);
    await program(bin, 'sudo', 'shift', 'exec "$@"');
    await program(bin, 'apt-get', ...lines);
    const { exitCode, all } = await cluster(bin, base);
    assert.equal(exitCode, 1, all);
    assert.match(all, expected);
  }
});
