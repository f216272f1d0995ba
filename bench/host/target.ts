/** The nodes that an experiment runs on. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../local/engine.ts';
import { Mesh, type MeshOptions } from '../../local/mesh.ts';
import { freePorts } from '../../local/ports.ts';

export interface Target {
  /** All nodes, `host:port`; the writer's is the first. */
  addresses: readonly string[];
  writeTo: string;
  /** Where observers are at home: another node of a mesh, the primary where only that takes handshakes. */
  observedOn: string;
  /** The nodes that a write has to travel to. */
  others: readonly string[];
  /** Whether the benchmark started them. */
  ownNodes: boolean;
}

/** @param multiMaster whether every node can be written to. */
export function targetOf(addresses: readonly string[], multiMaster: boolean, ownNodes: boolean): Target {
  const [writeTo = '', second = writeTo] = addresses;
  return {
    addresses,
    writeTo,
    observedOn: multiMaster ? second : writeTo,
    others: addresses.length > 1 ? addresses.slice(1) : addresses,
    ownNodes,
  };
}

/** A mesh of the benchmark's own: on free ports, in a folder that goes with it. */
export interface OwnMesh {
  target: Target;
  stop(): Promise<void>;
}

/** Every mesh under way, for the end of the benchmark, whichever way it comes. */
const running = new Set<OwnMesh>();
let ending = false;

/** Stops them, and starts no further ones. */
export async function stopAllMeshes(): Promise<void> {
  ending = true;
  await Promise.all([...running].map((mesh) => mesh.stop()));
}

/** Starts nodes and waits until they are linked. */
export async function startMesh(
  engine: Engine,
  count: number,
  options: Pick<MeshOptions, 'extra' | 'plainScheduling'> = {},
): Promise<OwnMesh> {
  const ports = await freePorts(count);
  // Nothing is awaited from here until the mesh is among the running ones: otherwise an interruption would miss it.
  if (ending) throw new Error('the benchmark is ending');
  const folder = mkdtempSync(join(tmpdir(), 'mesh-bench-'));
  const mesh = new Mesh({ engine, ports, folder, ...options });
  const starting = mesh.start();
  const own: OwnMesh = {
    target: targetOf(
      mesh.nodes.map(({ address }) => address),
      engine.multiMaster,
      true,
    ),
    async stop() {
      running.delete(own);
      // A node that is still being started would write to the folder while it is removed.
      await starting.catch(() => {});
      await Promise.all(mesh.nodes.map((node) => node.kill()));
      await rm(folder, { recursive: true, force: true });
    },
  };
  running.add(own);
  await starting;
  return own;
}
