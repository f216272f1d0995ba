/** Starts the three services as processes, and waits for what must hold in the end. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { OBSERVERS } from '../../common/services.ts';
import type { Mesh } from '../../operate/local/mesh.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';

export function startServices(t: TestContext, mesh: Mesh, env: Record<string, string>) {
  const settings = { KEYDB_NODES: mesh.addresses, WRITE_NODES: mesh.writable, ...env };
  const observers = OBSERVERS.map((name) => new RunningService(t, name, settings));
  return { observers, writer: new RunningService(t, 'writer', settings), settings };
}

/** Returns the writer's newest acknowledged write. */
export function lastWrite(writer: RunningService): number {
  return Math.max(0, ...writer.events.like({ event: 'write' }).map(({ seq }) => Number(seq)));
}

/** Waits until both observers have acknowledged write `seq` or a later one: under load, they conflate writes. */
export async function acknowledged(writer: RunningService, seq: number): Promise<void> {
  await eventually(() => {
    for (const observer of OBSERVERS) {
      const newest = writer.events.like({ event: 'handshake', observer }).at(-1)?.seq;
      assert.ok(Number(newest) >= seq, `${observer}: ${newest} < ${seq}`);
    }
  });
}

/** Asserts that every node has write `seq` or a later one, and both handshakes for the same write. */
export async function settled(t: TestContext, mesh: Mesh, seq: number): Promise<void> {
  const nodes = await Promise.all(mesh.nodes.map((node) => connect(t, node.options.port)));
  await eventually(async () => {
    const keys = ['shared_key', ...OBSERVERS.map((name) => `handshake_key:${name}`)];
    const values = (await Promise.all(nodes.map((node) => node.mget(keys)))).flat();
    const seqs = values.map((value) => Number(/ seq (\d+) /.exec(value ?? '')?.[1]));
    assert.equal(new Set(seqs).size, 1, values.join('\n'));
    assert.ok((seqs[0] ?? 0) >= seq, `${seqs[0]} is before ${seq}`);
  });
}
