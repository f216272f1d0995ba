/** Tests the module that the soak preloads into the services. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { root } from '../../toolkit/root.ts';
import { endWithTests } from '../helpers/ending.ts';

const MODULE = pathToFileURL(join(root, 'dist/lab/soak/collect-garbage.js')).href;
/** Prints when its only garbage is collected. */
const PROGRAM = `
  const garbage = new WeakRef(new Array(1000));
  setInterval(() => garbage.deref() ?? (console.log('collected'), process.exit(0)), 20);
  console.log('ready');
`;

test('SIGURG runs a garbage collection, prints the live memory, and the process continues', async () => {
  const program = endWithTests(
    execa(process.execPath, ['--import', MODULE, '--eval', PROGRAM], { reject: false, timeout: 60_000 }),
  );
  await once(program.stdout, 'data');
  program.kill('SIGURG');
  const { stdout, exitCode } = await program;
  const [ready, report = '', collected] = stdout.split('\n');
  assert.deepEqual([exitCode, ready, collected], [0, 'ready', 'collected']);
  const { event, liveBytes } = JSON.parse(report);
  assert.equal(event, 'collected');
  // An idle Node.js process uses about 4 MB.
  assert.ok(liveBytes > 1e6 && liveBytes < 30e6, report);
});
