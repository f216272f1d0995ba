/** Tests `npm start -- --secure`: it creates missing secrets, and prints the commands to connect. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { OBSERVERS } from '../../common/services.ts';
import { freePorts, isFree } from '../../toolkit/ports.ts';
import { root } from '../../toolkit/root.ts';
import { eventually } from '../helpers/eventually.ts';
import { engine } from '../helpers/nodes.ts';
import { temporaryFolder } from './secure-mesh.ts';

test('npm start -- --secure', async (t) => {
  const secrets = join(await temporaryFolder(t), 'created here');
  const base = await basePort();
  const ports = [base, base + 1, base + 2];
  t.after(async () => {
    for (const port of ports)
      await rm(join(root, 'data', engine.name, `node-${port}`), { recursive: true, force: true });
  });
  const args = ['--secure', '--secrets', secrets, '--base-port', String(base), '--engine', engine.name];
  const started = execa('npm', ['start', '--', ...args], {
    cwd: root,
    detached: true,
    all: true,
    reject: false,
    buffer: false,
    env: { WRITE_INTERVAL_MS: '300' },
  });
  let output = '';
  started.all.on('data', (data) => {
    output += String(data);
  });
  const group = -(started.pid ?? 0);
  t.after(async () => {
    if (started.exitCode === null) process.kill(group, 'SIGKILL');
    await started;
  });
  const says = (pattern: RegExp) => eventually(() => assert.match(output, pattern), 60_000);

  await says(/^cluster +\| no certificates and passwords yet: making them in .*made here/m);
  for (const observer of OBSERVERS) {
    await says(new RegExp(`writer got handshake from ${observer} for seq`));
  }
  assert.ok(!/WARN/.test(output), output);

  await t.test('the printed commands authenticate', async () => {
    const commands = [...output.matchAll(/^cluster +\| {3}(\S.*)$/gm)].map(([, command = '']) => command);
    assert.equal(commands.length, 2, output);
    const [verify = '', cli = ''] = commands;
    const verified = await execa(verify, { shell: true, cwd: root, reject: false, all: true });
    assert.match(verified.all, /in sync/);
    assert.equal(verified.exitCode, 0, verified.all);
    const asked = await execa(`${cli} ACL WHOAMI`, { shell: true, cwd: root, reject: false, all: true });
    assert.match(asked.all, /admin/);
  });

  process.kill(group, 'SIGINT');
  assert.equal((await started).exitCode, 0, output);
  assert.deepEqual(await Promise.all(ports.map(isFree)), [true, true, true]);
});

/** Returns the first of three consecutive free ports. */
async function basePort(): Promise<number> {
  return eventually(async () => {
    const [base = 0] = await freePorts(1);
    const ports = [base, base + 1, base + 2];
    assert.ok(base < 60_000 && (await Promise.all(ports.map(isFree))).every(Boolean));
    return base;
  });
}
