/** Synthetic runs with a known growth and repeatable noise. */
import type { Point } from '../../lab/soak/growth.ts';
import type { NodeSample, Sample, SoakRun } from '../../lab/soak/record.ts';

export const MB = 1e6;
const [HOUR, SAMPLE_SECONDS] = [3_600, 5];
const [SERVICES, NODES] = [
  ['writer', 'sync-observer', 'async-observer'],
  ['node 1', 'node 2', 'node 3'],
];

/** Returns numbers from 0 to 1, the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Returns memory that remains after garbage collections, one a minute: flat, but for what is in use at the moment. */
function live(seconds: number, perHour: number, seed: number): Point[] {
  const random = randomOf(seed);
  return times(seconds).map((at) => [at, 14 * MB + 0.2 * MB * random() + (perHour * at) / HOUR]);
}

/**
 * Returns memory that rises by up to 10 MB and falls at each garbage collection, at irregular times, as of a Node.js
 * process. A tenth of the collections leaves 2 MB more until the next.
 */
export function collected(seconds: number, perHour: number, seed = 1): Point[] {
  const random = randomOf(seed);
  let [next, began, rest] = [0, 0, 0];
  return times(seconds).map((at) => {
    if (at >= next) {
      [began, next] = [at, at + 20 + 60 * random()];
      rest = random() < 0.1 ? 2 * MB : 0;
    }
    const young = (10 * MB * (at - began)) / 80;
    return [at, 75 * MB + rest + young + MB * random() + (perHour * at) / HOUR];
  });
}

function times(seconds: number): number[] {
  return Array.from({ length: seconds / SAMPLE_SECONDS + 1 }, (_, i) => i * SAMPLE_SECONDS);
}

/** What differs from a run without findings. */
export interface Change {
  minutes?: number;
  /** Growth of each service's memory, in bytes per hour. */
  serviceGrowth?: number;
  /** Growth of each service's memory outside the JavaScript heap. */
  nativeGrowth?: number;
  /** Growth of each node's memory in each of its lives, in bytes per hour. */
  nodeGrowth?: number;
  /** Descriptors that the writer does not close, per hour. */
  lostDescriptors?: number;
  end?: SoakRun['end'];
  incidents?: SoakRun['incidents'];
}

/** Returns a run of two hours with a kill every four minutes. */
export function runOf(change: Change = {}): SoakRun {
  const { minutes = 120, serviceGrowth = 0, nativeGrowth = 0, incidents = [] } = change;
  const memory = SERVICES.map((_, i) => collected(minutes * 60, serviceGrowth + nativeGrowth, i + 1));
  const heaps = SERVICES.map((_, i) => live(minutes * 60, serviceGrowth, i + 1));
  const samples = times(minutes * 60).map((at, i): Sample => {
    const service = (n: number) => ({
      pid: n + 1,
      bytes: memory[n]?.[i]?.[1] ?? 0,
      ...(at % 60 === 0 && { liveBytes: heaps[n]?.[i]?.[1] ?? 0 }),
      cpuSeconds: at * 0.05,
      descriptors: 20 + (n === 0 ? Math.floor(((change.lostDescriptors ?? 0) * at) / HOUR) : 0),
    });
    return {
      at,
      services: Object.fromEntries(SERVICES.map((name, n) => [name, service(n)])),
      nodes: Object.fromEntries(NODES.map((name, n) => [name, nodeAt(at, n, change.nodeGrowth ?? 0)])),
      counters: { writer: { mesh_rewrites_total: 0, 'mesh_writes_total{outcome="acknowledged"}': at * 50 } },
    };
  });
  const acknowledgedSeq = minutes * 60 * 50;
  const nodeSeqs = Object.fromEntries(NODES.map((name) => [name, acknowledgedSeq]));
  return {
    ...{ format: 2, startedAt: '2026-11-21T19:30:00.000Z', command: 'npm run soak', machine: MACHINE },
    ...{ engine: 'keydb-server', layout: 'mesh', minutes, killSeconds: 240, writesPerSecond: 50 },
    ...{ services: SERVICES, nodes: NODES, samples, incidents },
    ...('end' in change
      ? change.end && { end: change.end }
      : { end: { at: minutes * 60, sync: 'in-sync', notes: [], acknowledgedSeq, nodeSeqs } }),
  };
}

/** Returns the state of a node that is killed every 12 minutes, and whose backlog grows. */
function nodeAt(at: number, n: number, perHour: number): NodeSample {
  const life = Math.floor((at + 480 - 240 * n) / 720);
  const age = (at + 480 - 240 * n) % 720;
  if (life > 0 && age < 10) return { pid: 100 * (n + 1) + life - 1, descriptors: 0 };
  const backlogBytes = 40_000 * age;
  return {
    pid: 100 * (n + 1) + life,
    bytes: 17 * MB + 1_000 * (life % 7) + backlogBytes + (perHour * age) / HOUR,
    backlogBytes,
    cpuSeconds: age * 0.03,
    // After a failover, the services connect to another node.
    descriptors: 12 + (age < 300 ? 4 : 6),
    connections: age < 300 ? 4 : 6,
    snapshotBytes: 770,
  };
}

const MACHINE = {
  ...{ processor: 'a processor', cores: 2, memoryGb: 24, system: 'Linux', node: '20.20.2' },
  ...{ engines: ['keydb-server 6.3.4'], commit: 'abc1234', loadBefore: 0.1, batchScheduling: true },
};
