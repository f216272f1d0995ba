/** Checks the record of a run. Pure: the same record always gives the same verdicts. */
import { count } from '../../toolkit/progress.ts';
import { compare, type Growth, growthOf, median, type Point } from './growth.ts';
import { type NodeSample, type SoakRun, stateOf } from './record.ts';

export const CHECKS = {
  exits: 'no service exits',
  load: 'the nodes acknowledge at least 90 % of the planned writes',
  memory:
    'in the second half, memory grows by less than 2 MB per hour in a service (after garbage collections) and 4 MB in a node (resident, without the data in its backlog)',
  resident:
    'in the second half, the resident memory of a service does not certainly grow by more than 4 MB per hour',
  descriptors:
    'in the second half, open descriptors grow by less than 2 per hour; for a node without those of its connections',
  sync: 'at the end, all nodes have equal keys and the last acknowledged write',
} as const;

export type Check = keyof typeof CHECKS;

export interface SoakVerdict {
  check: Check;
  /** The process, or `all`. */
  subject: string;
  verdict: 'holds' | 'broken' | 'unknown';
  /** One line with the figures. */
  summary: string;
}

/**
 * Bounds per hour, below the smallest leak per write. 50 writes/s are 180,000 an hour. A service that leaks one object per
 * write needs 24 bytes: 16 for the object and 8 for the reference. A write sets three keys (with two handshakes), so a node
 * that leaks the smallest allocation needs three times 8 bytes. Both are 4.3 MB an hour. The live memory of a service hardly
 * varies, so half of that is enough for it.
 */
const [LIVE_BOUND, RESIDENT_BOUND] = [2e6, 4e6];
/**
 * A leak of one descriptor per lost connection is 15 an hour: the services fail over to the node that the soak kills next,
 * so each kill hits all of them.
 */
const DESCRIPTORS_BOUND = 2;
/** A shorter half contains too few garbage collections and kills. */
const MIN_HALF_SECONDS = 1_800;
/** Blocks of a service: several garbage collections each. Blocks of a node: several in each of its lives. */
const [SERVICE_BLOCK_SECONDS, NODE_BLOCK_SECONDS] = [300, 60];
/** A node that has just started loads, resynchronizes, and allocates its buffers. */
const NODE_START_SECONDS = 60;
const MIN_ACKNOWLEDGED = 0.9;
/** Also true of a run that still continues. */
const INTERRUPTED = 'the run has not reached its end';

interface Figure {
  check: 'memory' | 'resident' | 'descriptors';
  processes: 'services' | 'nodes';
  bound: number;
  unit: string;
  scale: number;
  /** Reduces a block. Memory: what remains after garbage collection. Descriptors: a reconnection is no level. */
  reduce(values: readonly number[]): number;
  of(sample: NodeSample): number | undefined;
}

const MEGABYTES = { unit: 'MB/h', scale: 1e6, reduce: (values: readonly number[]) => Math.min(...values) };
const DESCRIPTORS = {
  ...{ check: 'descriptors' as const, bound: DESCRIPTORS_BOUND, unit: 'per hour', scale: 1, reduce: median },
  of: ({ descriptors, connections = 0 }: NodeSample) => descriptors && descriptors - connections,
};

const FIGURES: readonly Figure[] = [
  {
    ...{ check: 'memory', processes: 'services', bound: LIVE_BOUND, ...MEGABYTES },
    of: ({ liveBytes }) => liveBytes,
  },
  {
    ...{ check: 'memory', processes: 'nodes', bound: RESIDENT_BOUND, ...MEGABYTES },
    of: ({ bytes, backlogBytes = 0 }) => bytes && bytes - backlogBytes,
  },
  { check: 'resident', processes: 'services', bound: RESIDENT_BOUND, ...MEGABYTES, of: ({ bytes }) => bytes },
  { ...DESCRIPTORS, processes: 'services' },
  { ...DESCRIPTORS, processes: 'nodes' },
];

/** Returns the verdicts of a run. An interrupted run has no end: then only a broken check is certain. */
export function checkRun(run: SoakRun): SoakVerdict[] {
  return [
    exits(run),
    load(run),
    ...FIGURES.flatMap((figure) => run[figure.processes].map((name) => growthVerdict(run, figure, name))),
    sync(run),
  ];
}

function exits({ incidents, services, nodes, end }: SoakRun): SoakVerdict {
  const exitsOf = (names: readonly string[]) =>
    incidents.filter(({ kind, who }) => kind === 'exited' && names.includes(who));
  const found = exitsOf(services);
  const kills = incidents.filter(({ kind }) => kind === 'killed').length;
  return {
    check: 'exits',
    subject: 'all',
    verdict: found.length > 0 ? 'broken' : end ? 'holds' : 'unknown',
    summary:
      found.length > 0
        ? found.map(({ text }) => text).join('; ')
        : `no exit; ${kills} kills and ${exitsOf(nodes).length} other exits of nodes${end ? '' : `; ${INTERRUPTED}`}`,
  };
}

function load({ end, minutes, writesPerSecond }: SoakRun): SoakVerdict {
  const planned = minutes * 60 * writesPerSecond;
  const acknowledged = end?.acknowledgedSeq ?? 0;
  return {
    check: 'load',
    subject: 'writer',
    verdict: acknowledged >= MIN_ACKNOWLEDGED * planned ? 'holds' : 'unknown',
    summary: end ? `${count(acknowledged)} of ${count(planned)} writes acknowledged` : INTERRUPTED,
  };
}

function growthVerdict(run: SoakRun, figure: Figure, name: string): SoakVerdict {
  const { check, processes, bound, of, unit, scale, reduce } = figure;
  const half = (run.minutes * 60) / 2;
  const lives = livesOf(run, name, of).map((life) => life.filter(([at]) => at >= half));
  const growth = growthOf(lives, processes === 'nodes' ? NODE_BLOCK_SECONDS : SERVICE_BLOCK_SECONDS, reduce);
  const enough = run.end !== undefined && half >= MIN_HALF_SECONDS;
  const figures = growth ? `${shown(growth, scale)} ${unit}` : 'no measured growth';
  const compared = compare(growth, bound);
  // Resident memory varies by more than its bound allows in two hours. Live memory decides, unless a leak outside of it is certain.
  const verdict = check === 'resident' && growth && compared === 'unknown' ? 'holds' : compared;
  return {
    check,
    subject: name,
    verdict: enough ? verdict : 'unknown',
    summary: enough ? figures : `${figures}; ${run.end ? 'the run is shorter than 60 minutes' : INTERRUPTED}`,
  };
}

/** Returns the points of each life of a process, without the start of a node. */
export function livesOf({ samples, nodes }: SoakRun, name: string, of: Figure['of']): Point[][] {
  const lives = new Map<number, Point[]>();
  for (const sample of samples) {
    const state = stateOf(sample, name);
    const value = of(state);
    if (state.pid === undefined || value === undefined) continue;
    const life = lives.get(state.pid) ?? [];
    life.push([sample.at, value]);
    lives.set(state.pid, life);
  }
  const skipped = nodes.includes(name) ? NODE_START_SECONDS : 0;
  return [...lives.values()].map((life) => life.filter(([at]) => at >= (life[0]?.[0] ?? 0) + skipped));
}

function sync({ end }: SoakRun): SoakVerdict {
  const behind = Object.entries(end?.nodeSeqs ?? {}).filter(
    ([, seq]) => (seq ?? 0) < (end?.acknowledgedSeq ?? 0),
  );
  const summary = [
    end ? `the verifier finds the nodes ${end.sync}` : INTERRUPTED,
    ...(end && behind.length === 0 ? [`all have seq ${end.acknowledgedSeq}`] : []),
    ...behind.map(([node, seq]) => `${node} has seq ${seq} instead of ${end?.acknowledgedSeq}`),
    ...(end?.notes ?? []),
  ].join('; ');
  const broken = end?.sync === 'different' || behind.length > 0;
  const verdict = broken ? 'broken' : end?.sync === 'in-sync' ? 'holds' : 'unknown';
  return { check: 'sync', subject: 'all', verdict, summary };
}

function shown({ perHour, low, high }: Growth, scale: number): string {
  const [middle, from, to] = [perHour, low, high].map((value) => (value / scale).toFixed(2));
  return `${middle} (${from} to ${to})`;
}
