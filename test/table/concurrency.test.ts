/** Tests concurrent clients of two gateways on one home node: they alter, insert, and drop at the same time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { startMesh } from '../helpers/nodes.ts';
import { startGateway } from './gateway.ts';
import { PREPARED, statement } from './random-statements.ts';
import { RawClient, type Statement } from './raw-client.ts';
import { problemsOn } from './table-keys.ts';

const CLIENTS = 8;
const ROUNDS = 60;
/** Random statements of a client in one round. */
const RANDOM = 5;
/** Table from which no client deletes a row. */
const KEPT: Statement[] = [
  ['TABLE.NAMESPACE.CREATE', 'kept'],
  ['TABLE.SCHEMA.CREATE', 'kept.rows', 'client:string:hash', 'number:integer:btree'],
];
const NOT_INDEXED = '-ERR search cannot be done on non-indexed column\r\n';
const SEED = 14;

test('keeps rows, ids, and indexes consistent', async (t) => {
  const mesh = await startMesh(t, 1);
  const node = mesh.nodes[0]?.options.port ?? 0;
  const gateways = [await startGateway(t, mesh.addresses), await startGateway(t, mesh.addresses)];
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, (_, i) =>
      RawClient.open(t, gateways[i % gateways.length]?.port ?? 0, i % 4 < 2 ? 2 : 3),
    ),
  );
  await clients[0]?.run([...PREPARED, ...KEPT]);
  const random = fc.sample(statement, { seed: SEED, numRuns: CLIENTS * ROUNDS * RANDOM });
  const rows = new Map<string, string>();

  await Promise.all(
    clients.map(async (client, i) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const [id = '', found = ''] = await client.run([
          ['TABLE.INSERT', 'kept.rows', `client=${i}`, `number=${round}`],
          ['TABLE.SELECT', 'kept.rows', 'WHERE', `client=${i}`],
          // The index that the other clients use disappears and returns.
          ...(i === 0 ? [alterIndex(round)] : []),
          ...random.splice(0, RANDOM),
        ]);
        assert.match(id, /^\$\d+\r\n\d+\r\n$/);
        assert.ok(!rows.has(id), `id ${id} was issued twice`);
        rows.set(id, `client=${i} number=${round}`);
        if (found !== NOT_INDEXED) assert.match(found, new RegExp(`^\\*${round + 1}\r\n`));
      }
    }),
  );

  const [all = ''] = (await clients[0]?.run([['TABLE.SELECT', 'kept.rows']])) ?? [];
  const stored = [...all.matchAll(/client\r\n\$\d+\r\n(\d+)\r\n\$6\r\nnumber\r\n\$\d+\r\n(\d+)\r\n/g)];
  assert.deepEqual(
    stored.map(([, client, number]) => `client=${client} number=${number}`).sort(),
    [...rows.values()].sort(),
  );
  assert.deepEqual(await problemsOn(node), []);
});

function alterIndex(round: number): Statement {
  return ['TABLE.SCHEMA.ALTER', 'kept.rows', round % 2 ? 'ADD' : 'DROP', 'INDEX', 'client'];
}
