/** Watches all nodes of the mesh, and returns the state of the mesh. */
import { credentialsOf } from '../common/client-options.ts';
import { systemClock } from '../common/clock.ts';
import type { Logger } from '../common/logger.ts';
import type { Node } from '../common/nodes.ts';
import { Connection } from '../toolkit/node/connection.ts';
import type { OnPush } from '../toolkit/node/resp.ts';
import { Canaries, type CanaryEvents } from './canaries.ts';
import { ChangeLog } from './change-log.ts';
import { linksOf, replicasOf } from './links.ts';
import type { MeshState, NodeState, Pair } from './mesh-state.ts';
import { INTERVAL_MS, NodeWatch } from './node-watch.ts';
import type { MonitorSettings } from './settings.ts';

/**
 * A canary that is not announced within this time and NODE_TIMEOUT_MS is lost. The monitor detects a hung node sooner, so
 * that the canaries of a hung node do not count as lost.
 */
const LOST_AFTER_MS = 4_000;

/** Receives each measured latency, for the histograms. */
export interface MeshEvents {
  onPing(node: string, seconds: number): void;
  onCanary(pair: Pair, seconds: number): void;
}

export class MeshWatch {
  readonly #settings: MonitorSettings;
  readonly #canaries: Canaries;
  readonly #changes: ChangeLog;
  readonly #watches: readonly NodeWatch[];
  #events: MeshEvents | undefined;

  /**
   * @param signal ends the watch and its connections.
   * @throws SettingsError if KEYDB_TLS_CA or KEYDB_PASSWORD_FILE cannot be read.
   */
  constructor(settings: MonitorSettings, log: Logger, signal: AbortSignal) {
    this.#settings = settings;
    this.#changes = new ChangeLog(log);
    const events: CanaryEvents = {
      onReceived: (pair, seconds) => {
        this.#changes.logReceived(pair);
        this.#events?.onCanary(pair, seconds);
      },
      onLost: (pair) => this.#changes.logLost(pair),
    };
    this.#canaries = new Canaries(LOST_AFTER_MS + settings.NODE_TIMEOUT_MS, events, systemClock);
    const all = {
      open: opener(settings, signal),
      name: settings.SERVICE_NAME,
      db: settings.KEYDB_DB,
      sharedKey: settings.SHARED_KEY,
      writeNodes: settings.WRITE_NODES.map(({ name }) => name),
      ...{ canaries: this.#canaries, log, clock: systemClock, signal },
    };
    this.#watches = settings.KEYDB_NODES.map(({ name }) => {
      const others = () => this.#watches.filter(({ state }) => state.name !== name);
      return new NodeWatch(name, others, all);
    });
  }

  /** Watches until the signal. @throws Error only for a defect of the monitor. */
  async run(events: MeshEvents): Promise<void> {
    this.#events = events;
    const count = this.#watches.length;
    const onRead = ({ name, reading }: NodeState) => {
      const { links, nodes } = this.state;
      this.#changes.update(links, nodes);
      if (reading) events.onPing(name, reading.pingSeconds);
    };
    await Promise.all(this.#watches.map((watch, i) => watch.run((i / count) * INTERVAL_MS, onRead)));
  }

  get state(): MeshState {
    const nodes = this.#watches.map(({ state }) => state);
    const { PEER_NAMES: names } = this.#settings;
    return {
      nodes,
      links: linksOf(nodes, names),
      replicas: replicasOf(nodes, names),
      pairs: this.#canaries.pairs,
      writes: this.#canaries.writes,
    };
  }
}

/** Returns a function that opens a connection to a node by name. @throws SettingsError. */
function opener(settings: MonitorSettings, signal: AbortSignal) {
  const { KEYDB_NODES, KEYDB_DB: db, NODE_TIMEOUT_MS: timeoutMs, SERVICE_NAME } = settings;
  const nodes = new Map(KEYDB_NODES.map((node) => [node.name, node]));
  const { password, ...others } = credentialsOf(settings);
  return async (name: string, onPush?: OnPush): Promise<Connection> => {
    const node = nodes.get(name) as Node;
    // A password file is read for each connection, because the password may have been rotated.
    const address = { ...node, ...others, ...(password && { password: password() }) };
    const connection = await Connection.open(address, { timeoutMs, signal, ...(onPush && { onPush }) });
    await connection.batch([['CLIENT', 'SETNAME', SERVICE_NAME]]);
    if (db !== 0) await connection.call(['SELECT', String(db)]);
    return connection;
  };
}
