/** Checks the stack with one password for all clients, which is an ordinary setting. */
import assert from 'node:assert/strict';
import { OBSERVERS, SERVICES } from '../../common/services.ts';
import { eventually } from '../helpers/eventually.ts';
import type { Case } from './cases-brought-up.ts';
import { NODES } from './stack.ts';

/** Contains the characters that a shell or a configuration file treats specially. */
const PASSWORD = `it's "quoted" \\ and $HOME`;

/** Prints the command line and the environment. Used in place of the node's program. */
const TELL = ['sh', '-c', 'tr "\\0" "\\n" </proc/$$/cmdline; env', 'sh'];

export const PASSWORD_GIVEN: Record<string, Case> = {
  'rejects clients without the password, and exposes it on no command line': async (stack) => {
    const secured = stack.with({ KEYDB_PASSWORD: PASSWORD });
    // KeyDB overwrites its own command line, so another program prints the arguments that it would receive.
    await secured.compose('stop', 'keydb_01');
    const started = await secured.compose('run', '--rm', '--no-deps', '-T', 'keydb_01', ...TELL);
    assert.match(started, /^--include$/m);
    assert.match(started, /^PATH=/m);
    assert.ok(!started.includes(PASSWORD), started);

    await secured.compose('up', '--wait', '--detach');
    for (const name of NODES) {
      const unauthorized = stack.connect(name);
      await assert.rejects(unauthorized.ping(), /NOAUTH/, name);
      unauthorized.disconnect();
      const client = stack.connect(name, { password: PASSWORD });
      assert.equal(await client.ping(), 'PONG', name);
      client.disconnect();
    }
    for (const name of OBSERVERS) {
      await eventually(async () => assert.match(await stack.logs(name), / set handshake_key/));
    }
    for (const name of [...NODES, ...SERVICES]) {
      const { Path, Args } = await stack.inspect(name);
      const shown = [Path, ...Args, await stack.logs(name), await stack.docker('top', await stack.id(name))];
      assert.ok(!shown.join('\n').includes(PASSWORD), name);
    }
  },

  'NODE_MAXMEMORY sets the memory limit of the nodes': async (stack) => {
    const limited = stack.with({ KEYDB_PASSWORD: PASSWORD, NODE_MAXMEMORY: '300mb' });
    await limited.compose('up', '--wait', '--detach', 'keydb_01');
    const client = stack.connect('keydb_01', { password: PASSWORD });
    assert.deepEqual(await client.config('GET', 'maxmemory'), ['maxmemory', String(300 * 2 ** 20)]);
    client.disconnect();
  },
};
