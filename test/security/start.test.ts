/** Tests `npm start -- --secure`: it creates missing secrets, and prints the commands to connect. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { OBSERVERS } from '../../common/services.ts';
import { root } from '../../toolkit/root.ts';
import { nothingListens, PORTS_OF_START, portsOfNodes, startLocal } from '../helpers/local.ts';
import { engine } from '../helpers/nodes.ts';
import { temporaryFolder } from './secure-mesh.ts';

test('npm start -- --secure', async (t) => {
  const secrets = join(await temporaryFolder(t), 'created here');
  const ports = await portsOfNodes(t, engine.name, PORTS_OF_START);
  const args = ['--secure', '--secrets', secrets, '--base-port', `${ports[0]}`, '--engine', engine.name];
  const start = startLocal(t, 'start', args, { WRITE_INTERVAL_MS: '300' });

  await start.prints(/^cluster +\| found no certificates and passwords: creating them in .*created here/m);
  for (const observer of OBSERVERS) {
    await start.prints(new RegExp(`writer got handshake from ${observer} for seq`));
  }
  assert.ok(!/WARN/.test(start.output()), start.output());

  await t.test('the printed commands authenticate', async () => {
    const commands = [...start.output().matchAll(/^cluster +\| {3}(\S.*)$/gm)].map(
      ([, command = '']) => command,
    );
    assert.equal(commands.length, 2, start.output());
    const [verify = '', cli = ''] = commands;
    const verified = await execa(verify, { shell: true, cwd: root, reject: false, all: true });
    assert.match(verified.all, /in sync/);
    assert.equal(verified.exitCode, 0, verified.all);
    const asked = await execa(`${cli} ACL WHOAMI`, { shell: true, cwd: root, reject: false, all: true });
    assert.match(asked.all, /admin/);
  });

  start.ctrlC();
  assert.equal(await start.exitCode(), 0, start.output());
  await nothingListens(ports);
});
