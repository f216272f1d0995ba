/** Checks the stop and the removal of the stack. */
import assert from 'node:assert/strict';
import { SERVICES } from '../../common/services.ts';
import type { Case } from './cases-brought-up.ts';
import { NODES } from './stack.ts';

export const TAKEN_DOWN: Record<string, Case> = {
  'services and nodes exit with 0 when stopped': async (stack) => {
    await stack.compose('stop');
    for (const name of [...NODES, ...SERVICES]) {
      assert.equal((await stack.inspect(name)).State.ExitCode, 0, name);
    }
    for (const name of SERVICES) assert.match(await stack.logs(name), new RegExp(`${name} stopped: `));
  },

  'removes all containers, volumes, networks, and images': async (stack) => {
    await stack.down();
    assert.equal(await stack.remains(), '');
  },
};
