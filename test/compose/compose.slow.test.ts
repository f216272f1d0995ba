/** Tests the system in containers: starts it like a user, checks it, and removes it. */
import { test } from 'node:test';
import { BROUGHT_UP } from './cases-brought-up.ts';
import { HARDENED } from './cases-hardened.ts';
import { MONITORED } from './cases-monitor.ts';
import { NODE_LOST } from './cases-node-lost.ts';
import { PASSWORD_GIVEN } from './cases-password.ts';
import { SCRAPED } from './cases-prometheus.ts';
import { WITH_TABLES } from './cases-table.ts';
import { TAKEN_DOWN } from './cases-taken-down.ts';
import { needsDocker, needsImage, Stack } from './stack.ts';

const skip = await needsDocker();
const noPrometheus = skip || (await needsImage('prometheus'));

test('the Compose stack', { skip }, async (t) => {
  const stack = await Stack.prepare({ WRITE_INTERVAL_MS: '1000' });
  await stack.up(t);
  for (const [name, play] of Object.entries({
    ...BROUGHT_UP,
    ...HARDENED,
    ...MONITORED,
    ...SCRAPED,
    ...WITH_TABLES,
    ...NODE_LOST,
    ...PASSWORD_GIVEN,
    ...TAKEN_DOWN,
  })) {
    await t.test(name, { skip: name in SCRAPED && noPrometheus }, () => play(stack));
  }
});
