/** Compares engines and settings: KeyDB's server threads, its scheduling, and Redis. */

import { OBSERVERS } from '../../../common/services.ts';
import type { MeshOptions } from '../../../operate/local/index.ts';
import { findEngine } from '../../../toolkit/engine.ts';
import { type Context, type Experiment, type Step, takeSample } from '../context.ts';
import { type OwnMesh, startMesh } from '../host/target.ts';
import { ALONE, loadStep } from './keeping-up.ts';
import { arrivalSample } from './nodes.ts';
import { rotated, Team, trusted } from './team.ts';

interface Variant {
  name: string;
  program: string;
  options?: Pick<MeshOptions, 'extra' | 'plainScheduling'>;
}

const VARIANTS: Variant[] = [
  { name: 'KeyDB, 1 thread', program: 'keydb-server' },
  { name: 'Redis', program: 'redis-server' },
  { name: 'KeyDB, 2 threads', program: 'keydb-server', options: threads(2) },
  { name: 'KeyDB, 4 threads', program: 'keydb-server', options: threads(4) },
  {
    name: 'KeyDB, 1 thread, no forwarding',
    program: 'keydb-server',
    options: { extra: { 'multi-master-no-forward': 'yes' } },
  },
  { name: 'KeyDB, 1 thread, plain', program: 'keydb-server', options: { plainScheduling: true } },
];
const SUBJECTS = ['floor', ...OBSERVERS];
const NODES = 3;
const START_SECONDS = 5;

export const engines: Experiment = {
  name: 'engines',
  title: 'Engines: KeyDB by threads, and Redis',
  about: 'Latency at a paced rate and lag at the maximum rate, on three nodes of each engine.',
  caveats: [
    'On Redis one primary accepts all writes, so writer and observers share it. Its round trip involves no replication; on KeyDB it involves two. “Arrival” is on the other nodes, for both.',
    '“no forwarding” is multi-master-no-forward yes: a node sends only its own writes to the others. It then depends on each single link. With a small backlog, such nodes have hung.',
    '“plain” runs without chrt -b 0, the scheduler’s batch class, which the other nodes use.',
    'More server threads than cores compete with each other and with the services; results may differ on a machine with many cores.',
  ],
  ownNodes: true,
  steps(context) {
    const { rounds, variants } = context.scale.engines;
    const steps: Step[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const variant of rotated(VARIANTS.slice(0, variants), round))
        steps.push(...onEngine(context, variant, round));
    }
    return steps;
  },
};

/** The mesh and team of the current engine; empty if the engine is not installed. */
interface Turn {
  mesh?: OwnMesh;
  team?: Team;
}

function onEngine(context: Context, variant: Variant, round: number): Step[] {
  const turn: Turn = {};
  return [
    {
      label: `starting ${variant.name}`,
      seconds: START_SECONDS,
      run: async () => {
        const engine = await findEngine(variant.program);
        // Without the engine, its steps do nothing, and the report contains no figures for it.
        if (!engine) return;
        turn.mesh = await startMesh(engine, NODES, variant.options);
        turn.team = new Team(context, turn.mesh.target);
        await turn.team.start(SUBJECTS);
      },
    },
    arrivalStep(context, variant, turn),
    ...rotated(SUBJECTS, round).map((subject) => pacedStep(context, variant, turn, subject)),
    ...rotated([ALONE, ...SUBJECTS], round).map((subject) => mostStep(context, variant, turn, subject)),
    {
      label: `stopping ${variant.name}`,
      seconds: 0.5,
      run: async () => {
        await turn.team?.stop();
        await turn.mesh?.stop();
      },
    },
  ];
}

function arrivalStep(context: Context, { name }: Variant, turn: Turn): Step {
  const { perSecond, pacedSeconds: seconds } = context.scale.engines;
  const setting = { engine: name, writesPerSecond: perSecond };
  return {
    label: `${name}: arrival on the other nodes`,
    seconds: seconds + context.scale.warmUpSeconds + 0.3,
    run: async () => {
      if (!turn.mesh) return;
      const given = { experiment: 'engines', subject: 'arrival', setting, perSecond, seconds };
      await arrivalSample(context, turn.mesh.target, given);
    },
  };
}

function pacedStep(context: Context, { name }: Variant, turn: Turn, subject: string): Step {
  const { perSecond, pacedSeconds } = context.scale.engines;
  return {
    label: `${name}: ${subject}, ${perSecond} writes/s`,
    seconds: pacedSeconds + context.scale.warmUpSeconds + 0.3,
    run: async () => {
      if (turn.mesh && turn.team) await roundTripSample(context, turn.mesh, turn.team, subject, name);
    },
  };
}

function mostStep(context: Context, { name }: Variant, turn: Turn, subject: string): Step {
  const { mostSeconds: seconds } = context.scale.engines;
  return {
    label: `${name}: ${subject}, maximum rate`,
    seconds: seconds + 0.7,
    run: async () => {
      if (!turn.mesh || !turn.team) return;
      const { mesh, team } = turn;
      const plan = { experiment: 'engines', subject, rate: 0, team, target: mesh.target, seconds };
      await loadStep(context, { ...plan, setting: { engine: name } }).run();
    },
  };
}

function threads(count: number): NonNullable<Variant['options']> {
  return { extra: { 'server-threads': String(count) } };
}

async function roundTripSample(
  context: Context,
  { target }: OwnMesh,
  team: Team,
  subject: string,
  engineName: string,
): Promise<void> {
  const { perSecond, pacedSeconds } = context.scale.engines;
  const observer = team.get(subject);
  await takeSample(
    context,
    {
      experiment: 'engines',
      subject,
      setting: { engine: engineName, writesPerSecond: perSecond },
      target,
      observers: observer ? [observer] : [],
    },
    () => team.paced(subject, perSecond, pacedSeconds),
    ({ roundTrip, read, lateness }) => ({ latencies: { roundTrip, read: trusted(read), lateness } }),
  );
}
