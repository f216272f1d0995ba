import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { connect, needsMultiMaster, startMesh } from '../helpers/nodes.ts';

test('replicates a write on any node of the mesh to all others', { skip: needsMultiMaster }, async (t) => {
  const mesh = await startMesh(t, 3);
  const clients = await Promise.all(mesh.nodes.map((node) => connect(t, node.options.port)));
  for (const [i, writer] of clients.entries()) {
    await writer.set('written', `on ${i}`);
    for (const reader of clients) {
      await eventually(async () => assert.equal(await reader.get('written'), `on ${i}`));
    }
  }
});
