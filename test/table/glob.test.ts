/** Tests that the gateway matches names with patterns exactly as a server does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { globRegExp } from '../../table/glob.ts';
import { connect, startMesh } from '../helpers/nodes.ts';

const NAMES = [
  'a',
  'b',
  'c',
  'ab',
  'ba',
  'abc',
  'a.b',
  'a-b',
  '-',
  '^',
  '\\',
  '[',
  ']',
  '[a]',
  'a*',
  '?',
  'é',
  'aéb',
];

test('matches names as the server does', async (t) => {
  const mesh = await startMesh(t, 1);
  const client = await connect(t, mesh.nodes[0]?.options.port ?? 0);
  await client.sadd('names', ...NAMES);
  // In a range, the server compares signed bytes, so it would treat bytes above 127 as smaller than all others.
  const pattern = fc.string({ unit: fc.constantFrom(...'abc.*?[]^-\\'), maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(pattern, async (pattern) => {
      const [, matched] = await client.sscan('names', 0, 'MATCH', pattern, 'COUNT', 1000);
      const expression = globRegExp(pattern);
      const own = NAMES.filter((name) => expression.test(Buffer.from(name).toString('latin1')));
      assert.deepEqual(own.sort(), matched.sort(), JSON.stringify(pattern));
    }),
    { seed: 20_240_905, numRuns: 3_000 },
  );
});
