/**
 * What happened while something was broken: recorded by the lab from the services' own log lines and from the nodes,
 * judged afterwards. All times are Unix microseconds of one machine's clock.
 */
import type { ServiceSettings } from './services/settings.ts';

export interface History {
  /** The fault's name, as `--fault` takes it; `random` for a sequence of faults. */
  fault: string;
  /** One sentence: what is broken, and how it is healed. */
  about: string;
  engine: string;
  /** How links are cut here: network namespaces (real packets dropped) or proxies. */
  network: 'namespaces' | 'proxies';
  /** What the services ran with; limits follow from it. */
  settings: ServiceSettings;
  /** The observers that took part, by SERVICE_NAME. */
  observers: string[];
  /** Addresses of all nodes, in the order of KEYDB_NODES. */
  nodes: string[];
  startedAt: number;
  endedAt: number;
  windows: FaultWindow[];
  writes: Write[];
  observations: Observation[];
  handshakes: Handshake[];
  incidents: Incident[];
  /** What stood on each node after the last heal and quiet. */
  finalState: NodeState[];
  /** The highest seq that a node's snapshot was known to contain before all nodes were killed. */
  persistedSeq?: number;
  /**
   * The seq under the shared key of each node as it first answered after all nodes were killed; `null`: the key was not
   * there. Without it nothing can be said of a full restart, for the writer soon writes a newer value over what was lost.
   */
  restoredSeq?: Record<string, number | null>;
  /** What became of the keys that the lab wrote by itself; absent: it wrote none. */
  traffic?: Traffic[];
}

/** Keys that the lab itself sets during the faults, each key once and all on one node. */
export interface Traffic {
  node: string;
  /** How many the node has taken. */
  acknowledged: number;
  /** How many of these stood in the node's last snapshot when it was killed; only where all nodes were. */
  persisted?: number;
  /** Acknowledged keys that are on no node in the end. */
  lost: string[];
  /** Those of them that had been persisted. */
  persistedLost?: string[];
}

/** From the moment something was broken until it was whole again. */
export interface FaultWindow {
  fault: string;
  /** The services or nodes that it hit. */
  targets: string[];
  injectedAt: number;
  /** From here on the loss can be noticed: a killed process at once, a silent one after NODE_TIMEOUT_MS. */
  visibleAt: number;
  healedAt: number;
  /** The nodes that services can reach meanwhile, by address. */
  reachableNodes: string[];
  /** Groups of nodes between which nothing replicates meanwhile, by address. Absent: those that live replicate. */
  parts?: string[][];
}

/** One SET that the writer tried. */
export interface Write {
  seq: number;
  /** As it stands in the value: the writer's own clock. */
  micros: number;
  /** When it was sent, for a writer whose own clock is set wrong. */
  at?: number;
  /** Where it was sent. */
  node: string;
  /** `unknown`: the connection was lost before the node said anything; it may or may not have been taken. */
  outcome: 'acknowledged' | 'refused' | 'unknown';
  /** When the writer logged the acknowledgement; absent for the other outcomes. */
  acknowledgedAt?: number;
  /** With WAIT_REPLICAS: how many other nodes confirmed it. */
  confirmed?: number;
}

/** One line `… read shared_key …` of an observer. */
export interface Observation {
  observer: string;
  at: number;
  node: string;
  seq: number;
  conflated: number;
  /** Set for an observation that no notification led to: the writes whose notification was lost. */
  missed?: number;
}

/** One line `… set handshake_key:… …` of an observer. */
export interface Handshake {
  observer: string;
  at: number;
  node: string;
  seq: number;
}

/** What else a service said or did. */
export interface Incident {
  service: string;
  at: number;
  kind:
    | 'started'
    | 'connected'
    | 'lost'
    | 'older'
    | 'rewritten'
    | 'write-failed'
    | 'warning'
    | 'killed'
    | 'stopped'
    | 'exited';
  node?: string;
  /** Its log line, or how it exited. */
  text: string;
}

export interface NodeState {
  node: string;
  /** The value of the shared key; `null`: it is not there. */
  sharedKey: string | null;
  /** The last handshake of each observer, by SERVICE_NAME. */
  handshakes: Record<string, string | null>;
  /** Keys that differ from the first node's, by the verifier's word. */
  divergentKeys: string[];
}
