/** Measures the cost of each additional node of a full mesh. */
import { type Context, type Experiment, type Step, takeSample } from '../context.ts';
import { laneOf } from '../host/observer-process.ts';
import { type OwnMesh, startMesh, type Target } from '../host/target.ts';
import type { Paced } from '../load/paced.ts';
import type { Pipelined } from '../load/pipelined.ts';
import { MOST } from './keeping-up.ts';
import { rotated } from './team.ts';

const START_SECONDS = 3.5;

export const nodes: Experiment = {
  name: 'nodes',
  title: 'Nodes in the mesh',
  about: 'Write to notification on the last node, write throughput, and replication traffic.',
  caveats: [
    'All nodes share the cores of one machine: with more nodes than cores they compete. Nodes on separate machines would not.',
    'Replication traffic is the data that all nodes received at the maximum rate, minus the data that the writer sent.',
  ],
  ownNodes: true,
  steps(context) {
    const { counts, rounds } = context.scale.nodes;
    const steps: Step[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const count of rotated(counts, round)) steps.push(...onMeshOf(context, count));
    }
    return steps;
  },
};

function onMeshOf(context: Context, count: number): Step[] {
  const { perSecond, pacedSeconds, mostSeconds } = context.scale.nodes;
  let mesh: OwnMesh | undefined;
  const target = () => (mesh as OwnMesh).target;
  return [
    {
      label: `starting ${count} nodes`,
      seconds: START_SECONDS,
      run: async () => {
        if (!context.engine) throw new Error('found no KeyDB, Valkey, or Redis server to start nodes');
        mesh = await startMesh(context.engine, count);
      },
    },
    {
      label: `${count} nodes, ${perSecond} writes/s`,
      seconds: pacedSeconds + context.scale.warmUpSeconds + 0.3,
      run: () =>
        arrivalSample(context, target(), {
          experiment: 'nodes',
          subject: 'mesh',
          setting: { nodes: count, writesPerSecond: perSecond },
          perSecond,
          seconds: pacedSeconds,
        }),
    },
    {
      label: `${count} nodes, maximum rate`,
      seconds: mostSeconds + 0.5,
      run: () => throughputSample(context, target(), count, mostSeconds),
    },
    { label: `stopping ${count} nodes`, seconds: 0.5, run: async () => mesh?.stop() },
  ];
}

/** Measures the time until the last of the other nodes announces a write. */
export async function arrivalSample(
  context: Context,
  target: Target,
  given: {
    experiment: string;
    subject: string;
    setting: Record<string, string | number>;
    perSecond: number;
    seconds: number;
  },
): Promise<void> {
  const { perSecond, seconds, ...identity } = given;
  await takeSample(
    context,
    { ...identity, target },
    () =>
      context.load.ask<Paced>('paced', {
        writeTo: target.writeTo,
        lane: laneOf('arrival'),
        ratePerSecond: perSecond,
        writes: Math.ceil(perSecond * seconds),
        warmUp: Math.ceil(perSecond * context.scale.warmUpSeconds),
        answered: false,
        arrivesOn: [...target.others],
      }),
    ({ arrival, lateness }) => ({ latencies: { arrival, lateness } }),
  );
}

function throughputSample(context: Context, target: Target, count: number, seconds: number): Promise<void> {
  const { writeTo, addresses } = target;
  return takeSample(
    context,
    { experiment: 'nodes', subject: 'mesh', setting: { nodes: count, writesPerSecond: MOST }, target },
    () =>
      context.load.ask<Pipelined>('pipelined', { writeTo, lane: laneOf('alone'), ratePerSecond: 0, seconds }),
    (load, use) => {
      const received = (list: readonly string[]) =>
        list.reduce((sum, address) => sum + use(address).receivedBytes, 0);
      const others = addresses.filter((address) => address !== writeTo);
      return {
        figures: {
          reachedPerSecond: load.writes / load.seconds,
          replicationBytesPerWrite: received(others) / load.writes,
          nodesCpuMicrosPerWrite:
            addresses.reduce((sum, address) => sum + use(address).cpuMicros, 0) / load.writes,
        },
      };
    },
  );
}
