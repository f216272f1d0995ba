/** Synthetic histories for tests of the checks and the report. Times are seconds since the start. */
import type { History, Incident, Observation, Write } from '../../lab/faults/history.ts';

export const [A, B, C] = ['10.0.0.1:7001', '10.0.0.2:7001', '10.0.0.3:7001'] as const;
export const START = 1_795_212_000_000_000;
export const OBSERVERS = ['sync-observer', 'async-observer'];

/** Returns Unix microseconds. */
export function at(seconds: number): number {
  return START + Math.round(seconds * 1e6);
}

export function write(
  seq: number,
  seconds: number,
  node: string,
  outcome: Write['outcome'] = 'acknowledged',
): Write {
  const micros = at(seconds);
  return { seq, micros, node, outcome, ...(outcome === 'acknowledged' && { acknowledgedAt: micros + 500 }) };
}

export function seen(
  observer: string,
  seconds: number,
  node: string,
  seq: number,
  conflated = 0,
): Observation {
  return { observer, at: at(seconds), node, seq, conflated };
}

export function incident(
  service: string,
  seconds: number,
  kind: Incident['kind'],
  node?: string,
  text = `${service} ${kind} ${node ?? ''}`.trim(),
): Incident {
  return { service, at: at(seconds), kind, text, ...(node !== undefined && { node }) };
}

/** Returns the expected final state of all nodes after a write. */
export function settled({ seq, micros }: Write): History['finalState'] {
  const tail = `seq ${seq} micros ${micros} timestamp ${Math.floor(micros / 1e6)}`;
  return [A, B, C].map((node) => ({
    node,
    sharedKey: `Writer ${tail}`,
    handshakes: Object.fromEntries(
      OBSERVERS.map((observer) => [observer, `Handshake from ${observer} for Writer ${tail}`]),
    ),
    divergentKeys: [],
  }));
}

/**
 * Returns ten writes per second for 12 s. At 5 s, the writer's node crashes with one write in flight, whose outcome is
 * unknown. The next write goes to another node 0.4 s later. The node is healed at 8 s. The async-observer conflates one
 * write, restarts at 10 s, and does not read five writes. A poll of the sync observer finds one write.
 */
export function nodeKilled(): History {
  const writes: Write[] = [];
  const observations: Observation[] = [];
  for (let seq = 1; seq <= 120; seq += 1) {
    const seconds = seq < 50 ? seq / 10 : Math.max(seq / 10, 5.4 + (seq - 51) / 100);
    if (seq === 50) writes.push(write(seq, 5, A, 'unknown'));
    else writes.push(write(seq, seconds, seq < 50 ? A : B));
    if (seq === 50) continue;
    const read = seconds + 0.002;
    if (seq === 20) observations.push({ ...seen('sync-observer', read, B, 20), missed: 2 });
    else if (seq !== 19) observations.push(seen('sync-observer', read, B, seq, seq === 51 ? 1 : 0));
    if (seq === 106) observations.push({ ...seen('async-observer', read, C, seq), missed: 0 });
    else if (seq !== 30 && (seq < 101 || seq > 105))
      observations.push(seen('async-observer', read, C, seq, seq === 31 || seq === 51 ? 1 : 0));
  }
  return {
    fault: 'node-killed',
    about: 'The lab kills the writer’s node, and restarts it after 3 s.',
    engine: 'keydb-server 6.3.4',
    network: 'proxies',
    settings: {
      WRITE_INTERVAL_MS: 100,
      WAIT_REPLICAS: 0,
      KEY_CHANNEL: 'keyevent',
      RECHECK_INTERVAL_MS: 150,
      NODE_TIMEOUT_MS: 1000,
    },
    observers: OBSERVERS,
    nodes: [A, B, C],
    writeNodes: [A, B, C],
    startedAt: START,
    endedAt: at(16),
    windows: [
      {
        fault: 'node-killed',
        targets: [A],
        injectedAt: at(5.01),
        visibleAt: at(5.01),
        healedAt: at(8),
        reachableNodes: [B, C],
      },
    ],
    writes,
    observations,
    handshakes: observations.map(({ observer, at, node, seq }) => ({ observer, at: at + 500, node, seq })),
    incidents: [
      incident('writer', 0, 'started'),
      incident('writer', 0.05, 'connected', A),
      incident('sync-observer', 0.05, 'connected', B),
      incident('async-observer', 0.05, 'connected', C),
      incident('writer', 5.02, 'lost', A),
      incident('writer', 5.1, 'connected', B),
      incident('async-observer', 10.05, 'killed'),
      incident('async-observer', 10.5, 'started'),
      incident('async-observer', 10.6, 'connected', C),
    ],
    finalState: settled(writes.at(-1) as Write),
  };
}

/** Returns a full restart in which all nodes load their snapshots. */
export function allKilled(): History {
  const history = nodeKilled();
  const [window] = history.windows;
  if (!window) throw new Error('the history has no window');
  return {
    ...history,
    fault: 'all-killed',
    windows: [{ ...window, fault: 'all-killed', targets: [A, B, C], reachableNodes: [] }],
    persistedSeq: 40,
    restoredSeq: { [A]: 45, [B]: 45, [C]: 40 },
    traffic: [{ node: A, acknowledged: 100, persisted: 80, lost: ['traffic:1:once:90'], persistedLost: [] }],
  };
}

/** Returns a partition: the writer's node answers, but its writes reach the other nodes only after healing. */
export function split(): History {
  const { windows, writes, observations, incidents, ...history } = nodeKilled();
  const own = writes.map((one): Write => ({ ...write(one.seq, one.seq / 10, A) }));
  const visible = observations
    .filter(({ seq }) => seq < 50 || seq > 81)
    .filter(({ seq }) => seq > 50 || seq < 50);
  return {
    ...history,
    fault: 'split',
    windows: windows.map((window) => ({
      ...window,
      fault: 'split',
      reachableNodes: [A, B, C],
      parts: [[A], [B, C]],
    })),
    writes: own,
    observations: visible.map((one) => (one.seq === 82 ? { ...one, conflated: 32 } : one)),
    handshakes: [],
    incidents: incidents.filter(({ at: when }) => when < at(5) || when > at(10)),
    finalState: settled(own.at(-1) as Write),
  };
}
