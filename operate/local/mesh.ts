/** Runs several local nodes that replicate: a full mesh, or a star of one node and its replicas. */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Engine } from '../../toolkit/engine.ts';
import { hasLinks, parseInfo } from '../../toolkit/node/info.ts';
import type { NodeSecurity } from '../security/index.ts';
import { type NodePlace, NodeProcess } from './node-process.ts';

/** `mesh`: each node replicates from all others. `star`: the first node is the only source of all others. */
export type Layout = 'mesh' | 'star';

export interface MeshOptions {
  engine: Engine;
  /** The layout on KeyDB; `mesh` if omitted. Other engines have only the star: a primary with replicas. */
  layout?: Layout;
  ports: readonly number[];
  /** Folder in which each node gets its own folder. */
  folder: string;
  extra?: Readonly<Record<string, string>>;
  /** See `NodeOptions`. */
  plainScheduling?: boolean;
  /** Returns the place of the node that listens on a port; by default the loopback. */
  placeOf?(port: number): NodePlace;
  /** Returns TLS and authentication of a node, by its index. If omitted, all nodes use plain text and accept every client. */
  securityOf?(index: number): NodeSecurity;
}

/**
 * Settings of KeyDB in a star. An active replica acknowledges a write that reaches no other node; a read-only one rejects
 * it. When the first node has restarted from an older snapshot, active replicas keep their newer data and stay divergent.
 */
const READ_ONLY_REPLICAS = { 'active-replica': 'no', 'multi-master': 'no', 'replica-read-only': 'yes' };

/** The links of three nodes come up in about two seconds; a busy machine may take longer. */
const MESH_DEADLINE_MS = 30_000;
const POLL_MS = 50;

export class Mesh {
  readonly engine: Engine;
  readonly layout: Layout;
  readonly nodes: readonly NodeProcess[];

  constructor({
    engine,
    layout = 'mesh',
    ports,
    folder,
    placeOf,
    securityOf,
    extra,
    ...options
  }: MeshOptions) {
    this.engine = engine;
    this.layout = engine.multiMaster ? layout : 'star';
    const sources = this.layout === 'mesh' ? ports : ports.slice(0, 1);
    this.nodes = ports.map((port, i) => {
      const replicaOf = sources.filter((source) => source !== port);
      return new NodeProcess({
        ...{ engine, port, folder: join(folder, `node-${port}`), replicaOf },
        ...placeOf?.(port),
        ...options,
        extra: { ...(engine.multiMaster && layout === 'star' && READ_ONLY_REPLICAS), ...extra },
        ...(securityOf && { security: securityOf(i) }),
      });
    });
  }

  /** Returns the nodes' addresses in the format of KEYDB_NODES. */
  get addresses(): string {
    return this.nodes.map((node) => node.address).join(',');
  }

  /** Returns the nodes that accept writes, in the format of WRITE_NODES: all nodes of a mesh, the first of a star. */
  get writable(): string {
    return this.layout === 'mesh' ? this.addresses : (this.nodes[0]?.address ?? '');
  }

  /** Starts all nodes and waits until every link is up. @throws Error that names the node that is not ready. */
  async start(): Promise<void> {
    try {
      await Promise.all(this.nodes.map((node) => node.start()));
      await this.complete();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /**
   * Waits until all expected links of every node are up.
   * @throws Error that names a node with a missing link, after the deadline (milliseconds).
   */
  async complete(deadlineMs = MESH_DEADLINE_MS): Promise<void> {
    await Promise.all(this.nodes.map((node) => this.#linked(node, deadlineMs)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  async #linked(node: NodeProcess, deadlineMs: number): Promise<void> {
    const { port, replicaOf } = node.options;
    const replicas = this.nodes.filter((other) => other.options.replicaOf.includes(port)).length;
    const client = node.patientClient();
    try {
      const deadline = performance.now() + deadlineMs;
      for (;;) {
        const info = parseInfo(await client.info('replication'));
        if (hasLinks(info, replicaOf.length, replicas)) return;
        if (performance.now() > deadline) {
          throw new Error(
            `node ${node.address} has no link to all others after ${deadlineMs / 1000} s; its log: ${node.logFile}`,
          );
        }
        await wait(POLL_MS);
      }
    } finally {
      client.disconnect();
    }
  }
}
