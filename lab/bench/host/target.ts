/** The nodes that an experiment runs on. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Mesh, type MeshOptions } from '../../../operate/local/index.ts';
import type { Engine } from '../../../toolkit/engine.ts';
import { freePorts } from '../../../toolkit/ports.ts';

export interface Target {
  /** All nodes, `host:port`. The first is the writer's node. */
  addresses: readonly string[];
  writeTo: string;
  /** Home node of observers: another node than the writer's, if there is one. */
  observedOn: string;
  /** The nodes that accept writes: all nodes of a mesh, the primary of replicas. */
  writable: readonly string[];
  /** The nodes that writes are replicated to. */
  others: readonly string[];
  /** Whether the benchmark started them. */
  ownNodes: boolean;
}

export function targetOf(
  addresses: readonly string[],
  writable: readonly string[],
  ownNodes: boolean,
): Target {
  const [writeTo = ''] = writable;
  const others = addresses.filter((address) => address !== writeTo);
  return {
    addresses,
    writeTo,
    observedOn: others[0] ?? writeTo,
    writable,
    others: others.length > 0 ? others : addresses,
    ownNodes,
  };
}

/** Returns the node that receives the handshakes: the observers' own node if it accepts writes. */
export function handshakesTo({ observedOn, writable, writeTo }: Target): string {
  return writable.includes(observedOn) ? observedOn : writeTo;
}

export type OwnMeshOptions = Pick<MeshOptions, 'layout' | 'extra' | 'plainScheduling'>;

/** A mesh that the benchmark starts on free ports, in a temporary folder. */
export interface OwnMesh {
  target: Target;
  stop(): Promise<void>;
}

/** Every running mesh, so that the benchmark can stop all of them on any exit. */
const running = new Set<OwnMesh>();
let ending = false;

/** Stops all meshes, and prevents new ones. */
export async function stopAllMeshes(): Promise<void> {
  ending = true;
  await Promise.all([...running].map((mesh) => mesh.stop()));
}

/** Starts nodes and waits until their replication links are up. */
export async function startMesh(
  engine: Engine,
  count: number,
  options: OwnMeshOptions = {},
): Promise<OwnMesh> {
  const ports = await freePorts(count);
  // Do not await before the mesh is in the list of running ones; otherwise an interruption would miss it.
  if (ending) throw new Error('the benchmark is ending');
  const folder = mkdtempSync(join(tmpdir(), 'mesh-bench-'));
  const mesh = new Mesh({ engine, ports, folder, ...options });
  const starting = mesh.start();
  const own: OwnMesh = {
    target: targetOf(
      mesh.nodes.map(({ address }) => address),
      mesh.writable.split(','),
      true,
    ),
    async stop() {
      running.delete(own);
      // A node that is still starting would write to the folder during its removal.
      await starting.catch(() => {});
      await Promise.all(mesh.nodes.map((node) => node.kill()));
      await rm(folder, { recursive: true, force: true });
    },
  };
  running.add(own);
  await starting;
  return own;
}
