/** Watches all nodes of the mesh, and returns the state of the mesh. */
import { systemClock } from '../common/clock.ts';
import type { Logger } from '../common/logger.ts';
import type { Value } from '../common/value.ts';
import { Canaries, type CanaryEvents } from './canaries.ts';
import { ChangeLog } from './change-log.ts';
import { linksOf, replicasOf } from './links.ts';
import type { MeshState, NodeState, Pair } from './mesh-state.ts';
import { INTERVAL_MS, NodeWatch, type Watched } from './node-watch.ts';
import type { MonitorSettings } from './settings.ts';

/**
 * A canary that is not announced within this time and NODE_TIMEOUT_MS is lost. The monitor detects a hung node sooner, so
 * that the canaries of a hung node do not count as lost.
 */
const LOST_AFTER_MS = 4_000;

/** Receives each measured latency, for the histograms, and each announced write, for the page. */
export interface MeshEvents {
  onPing(node: string, seconds: number): void;
  onCanary(pair: Pair, seconds: number): void;
  /** @param at Unix microseconds. */
  onVisible(node: string, value: Value, at: number): void;
}

export class MeshWatch {
  readonly #settings: MonitorSettings;
  readonly #canaries: Canaries;
  readonly #changes: ChangeLog;
  readonly #watches: readonly NodeWatch[];
  #events: MeshEvents | undefined;

  /**
   * @param open opens a connection to a node.
   * @param signal ends the watch.
   */
  constructor(settings: MonitorSettings, open: Watched['open'], log: Logger, signal: AbortSignal) {
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
      open,
      name: settings.SERVICE_NAME,
      db: settings.KEYDB_DB,
      sharedKey: settings.SHARED_KEY,
      intervalKey: settings.INTERVAL_KEY,
      onVisible: (...visible: Parameters<MeshEvents['onVisible']>) => this.#events?.onVisible(...visible),
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
