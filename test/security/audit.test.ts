/** No package that the services run on has a known vulnerability. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execa } from 'execa';
import { root } from '../../toolkit/root.ts';

/** A registry that has no audit may also not answer at all. */
const PATIENCE_MS = 60_000;

test('no production dependency has a known vulnerability', async (t) => {
  const { stdout, timedOut } = await execa('npm', ['audit', '--omit=dev', '--json'], {
    cwd: root,
    reject: false,
    timeout: PATIENCE_MS,
  });
  const found = parse(stdout)?.metadata?.vulnerabilities;
  if (timedOut || found === undefined) {
    t.skip('the package registry here answers no npm audit, so known vulnerabilities were NOT looked for');
    return;
  }
  assert.equal(found.total, 0, stdout);
});

function parse(text: string): { metadata?: { vulnerabilities?: { total: number } } } | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
