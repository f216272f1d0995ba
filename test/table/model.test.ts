/** Tests that the gateway replies to random statements like the model, and that the keys of all tables stay consistent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { printable } from '../../toolkit/printable.ts';
import { startMesh } from '../helpers/nodes.ts';
import { startGateway } from './gateway.ts';
import { Model } from './model.ts';
import { statements } from './random-statements.ts';
import { RawClient, type Statement } from './raw-client.ts';
import { problemsOn } from './table-keys.ts';

const SEED = 20_240_905;
const RUNS = 200;

for (const strict of [false, true]) {
  test(`replies like the model, with TABLE_STRICT=${strict}`, async (t) => {
    const mesh = await startMesh(t, 1);
    const node = mesh.nodes[0]?.options.port ?? 0;
    const gateway = await startGateway(t, mesh.addresses, { TABLE_STRICT: String(strict) });
    for (const protocol of [2, 3] as const) {
      await t.test(`RESP${protocol}`, async (t) => {
        const client = await RawClient.open(t, gateway.port, protocol, protocol);
        const property = fc.asyncProperty(statements, async (sequence) => {
          await client.run([['FLUSHDB']]);
          const model = new Model(strict);
          const expected = sequence.map((statement) => model.run(statement));
          assert.deepEqual(transcript(sequence, await client.run(sequence)), transcript(sequence, expected));
          assert.deepEqual(await problemsOn(node, protocol), []);
        });
        await fc.assert(property, { seed: SEED + protocol, numRuns: RUNS });
      });
    }
  });
}

function transcript(sequence: readonly Statement[], replies: readonly string[]): string[] {
  return sequence.map((statement, i) => `${readable(statement.join(' '))} → ${readable(replies[i] ?? '')}`);
}

function readable(text: string): string {
  return printable(Buffer.from(text, 'latin1'));
}
