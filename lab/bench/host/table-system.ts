/** A node of its own with the gateway of the TABLE commands, and the ways to call it. */
import { SETTINGS } from '../../../common/setting-table.ts';
// biome-ignore lint/style/noRestrictedImports: the benchmark calls exactly these scripts, with and without the gateway
import { scripts } from '../../../table/scripts.ts';
import type { Engine } from '../../../toolkit/engine.ts';
import type { Connection } from '../../../toolkit/node/connection.ts';
import { freePorts } from '../../../toolkit/ports.ts';
import type { Heads } from '../load/statements.ts';
import { connect } from '../raw/connect.ts';
import { Child } from './child.ts';
import { type OwnMesh, startMesh, type Target } from './target.ts';
import { until } from './until.ts';

/**
 * A snapshot during a measurement would use much of a core, the tables need more memory than the shipped limit, and on a busy
 * machine, a scan takes longer than the time after which a node answers BUSY.
 */
const EXTRA = { save: '', maxmemory: '0', 'lua-time-limit': '0' };
/** The maximum: a scan may read each row of the largest table. The node answers no PING during it. */
const SCAN_LIMIT = '10000000';
const NODE_TIMEOUT_MS = '60000';

/** The ways to call: address and words before the arguments. The script without the gateway is the baseline. */
export const SUBJECTS = ['floor', 'gateway', 'plain', 'plain, gateway'] as const;
export type Subject = (typeof SUBJECTS)[number];

export interface Caller {
  address: string;
  /** If omitted, plain commands. */
  heads?: Heads;
}

export class TableSystem {
  readonly gateway: Child;
  readonly #mesh: OwnMesh;
  readonly #callers: Record<Subject, Caller>;

  private constructor(mesh: OwnMesh, port: number) {
    const [node = ''] = mesh.target.addresses;
    const address = `127.0.0.1:${port}`;
    this.#mesh = mesh;
    this.gateway = new Child('table/main', [], {
      KEYDB_NODES: node,
      HOME_NODE: '',
      WRITE_NODES: '',
      NODE_TIMEOUT_MS,
      TABLE_PORT: address,
      TABLE_SCAN_LIMIT: SCAN_LIMIT,
      TABLE_STRICT: 'false',
      TABLE_ACL_FILE: '',
      TABLE_TLS_CERT: '',
      METRICS_PORT: '',
      LOG_LEVEL: SETTINGS.LOG_LEVEL.default,
      LOG_FORMAT: SETTINGS.LOG_FORMAT.default,
    });
    this.#callers = {
      floor: { address: node, heads: scriptHeads() },
      gateway: { address, heads: Object.fromEntries([...scripts.keys()].map((name) => [name, [name]])) },
      plain: { address: node },
      'plain, gateway': { address },
    };
  }

  /** Starts one node and the gateway, and waits until the gateway answers. */
  static async start(engine: Engine | undefined): Promise<TableSystem> {
    const mesh = await startTableNode(engine);
    const [port = 0] = await freePorts(1);
    const system = new TableSystem(mesh, port);
    const { address } = system.#callers.gateway;
    await until(async () => {
      const connection = await connect(address).catch(() => undefined);
      connection?.close();
      return connection !== undefined;
    }, 'an answer of the gateway');
    return system;
  }

  get target(): Target {
    return this.#mesh.target;
  }

  callerOf(subject: Subject): Caller {
    return this.#callers[subject];
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    await this.#mesh.stop();
  }
}

/** Starts a node without snapshots and without a limit of memory. */
export async function startTableNode(engine: Engine | undefined): Promise<OwnMesh> {
  if (!engine) throw new Error('found no KeyDB, Valkey, or Redis server to start nodes');
  return startMesh(engine, 1, { extra: EXTRA });
}

/** Loads the scripts. @returns the words that call each of them. */
export async function loadScripts(connection: Connection): Promise<Heads> {
  for (const { body } of scripts.values()) await connection.call(['SCRIPT', 'LOAD', body]);
  return scriptHeads();
}

/** Returns the words that call each script on the node, as the gateway does. */
function scriptHeads(): Heads {
  const heads = [...scripts].map(([name, { sha }]) => [name, ['EVALSHA', sha, '0', '0', SCAN_LIMIT]]);
  return Object.fromEntries(heads);
}
