/** Compares engines and layouts with the same roles on the same nodes, and KeyDB's server threads and scheduling. */

import type { Engine } from '../../../toolkit/engine.ts';
import { type Context, type Experiment, type Step, takeSample } from '../context.ts';
import { type OwnMesh, type OwnMeshOptions, startMesh, type Target } from '../host/target.ts';
import { ALONE, loadStep } from './keeping-up.ts';
import { arrivalSample } from './nodes.ts';
import { rotated, Team, trusted } from './team.ts';

interface Variant {
  name: string;
  program: string;
  options?: OwnMeshOptions;
}

/** The layouts with the same roles. */
const LAYOUTS: Variant[] = [
  { name: 'KeyDB, mesh', program: 'keydb-server' },
  { name: 'KeyDB, star', program: 'keydb-server', options: { layout: 'star' } },
  { name: 'Redis, replicas', program: 'redis-server' },
  { name: 'Valkey, replicas', program: 'valkey-server' },
];
/** Settings of the mesh, which has one server thread, forwarding, and batch scheduling. */
const SETTINGS: Variant[] = [
  { name: 'KeyDB, mesh, 2 threads', program: 'keydb-server', options: threads(2) },
  { name: 'KeyDB, mesh, 4 threads', program: 'keydb-server', options: threads(4) },
  {
    name: 'KeyDB, mesh, no forwarding',
    program: 'keydb-server',
    options: { extra: { 'multi-master-no-forward': 'yes' } },
  },
  { name: 'KeyDB, mesh, plain', program: 'keydb-server', options: { plainScheduling: true } },
];
/** What the comparison needs: one program of each line. */
const NEEDED = [['keydb-server'], ['redis-server', 'valkey-server']];

/** Home node of each subject, by its index. The writer's home node is the first. */
const HOMES = new Map([
  ['floor', 1],
  ['sync-observer', 1],
  ['async-observer', 2],
]);
const SUBJECTS = [...HOMES.keys()];
const NODES = 3;
const START_SECONDS = 4;

export const engines: Experiment = {
  name: 'engines',
  title: 'Engines: KeyDB mesh, KeyDB star, and Redis with replicas',
  about: 'Latency at a paced rate and lag at the maximum rate, with each service on its own node of three.',
  caveats: [
    'In each layout, the writer uses node 1, sync-observer and the baseline node 2, and async-observer node 3.',
    'In a mesh, the round trip crosses two replication links. In the other layouts, it crosses one: the observers send handshakes on a second connection to node 1, because replicas reject writes.',
    'Only a mesh accepts writes on every node.',
    '“no forwarding” is multi-master-no-forward yes: a node sends only its own writes to the others. It then depends on each single link. With a small backlog, such nodes have hung.',
    '“plain” runs without chrt -b 0, the scheduler’s batch class, which all other nodes use, also those of Redis.',
    'More server threads than cores compete with each other and with the services; results may differ on a machine with many cores.',
  ],
  ownNodes: true,
  steps(context) {
    const { rounds, settingRounds } = context.scale.engines;
    const steps = NEEDED.flatMap((programs) => missingStep(context, programs));
    for (let round = 0; round < Math.max(rounds, settingRounds); round += 1) {
      const variants = [...(round < rounds ? LAYOUTS : []), ...(round < settingRounds ? SETTINGS : [])];
      for (const variant of rotated(variants, round)) {
        const engine = context.installed.find(({ name }) => name === variant.program);
        if (engine) steps.push(...onEngine(context, engine, variant, round));
      }
    }
    return steps;
  },
};

/** Returns a step that fails with the reason why an engine is not compared, or none. */
function missingStep({ installed }: Context, programs: readonly string[]): Step[] {
  if (installed.some(({ name }) => programs.includes(name))) return [];
  const run = () => Promise.reject(new Error('not installed, so its figures are missing'));
  return [{ label: programs.join(' or '), seconds: 0, run }];
}

/** The running nodes of a variant, and the observers by subject. */
interface Turn {
  mesh?: OwnMesh;
  teams: Map<string, Team>;
}

function onEngine(context: Context, engine: Engine, variant: Variant, round: number): Step[] {
  const turn: Turn = { teams: new Map() };
  const { name } = variant;
  return [
    {
      label: `starting ${name}`,
      seconds: START_SECONDS,
      run: async () => {
        turn.mesh = await startMesh(engine, NODES, variant.options);
        for (const subject of SUBJECTS) {
          const team = new Team(context, targetFor(subject, turn.mesh.target));
          turn.teams.set(subject, team);
          await team.start([subject]);
        }
      },
    },
    arrivalStep(context, name, turn),
    ...rotated(SUBJECTS, round).map((subject) => pacedStep(context, name, turn, subject)),
    ...rotated([ALONE, ...SUBJECTS], round).map((subject) => mostStep(context, name, turn, subject)),
    {
      label: `stopping ${name}`,
      seconds: 0.5,
      run: async () => {
        await Promise.all([...turn.teams.values()].map((team) => team.stop()));
        await turn.mesh?.stop();
      },
    },
  ];
}

/** Returns the nodes with the home node of the subject. */
function targetFor(subject: string, target: Target): Target {
  const observedOn = target.addresses[HOMES.get(subject) ?? 1] ?? target.observedOn;
  return { ...target, observedOn };
}

/** Returns the running nodes. @throws Error if they did not start. */
function started({ mesh }: Turn): OwnMesh {
  if (!mesh) throw new Error('its nodes did not start');
  return mesh;
}

function arrivalStep(context: Context, engine: string, turn: Turn): Step {
  const { perSecond, pacedSeconds: seconds } = context.scale.engines;
  const setting = { engine, writesPerSecond: perSecond };
  return {
    label: `${engine}: arrival on the other nodes`,
    seconds: seconds + context.scale.warmUpSeconds + 0.3,
    run: () => {
      const given = { experiment: 'engines', subject: 'arrival', setting, perSecond, seconds };
      return arrivalSample(context, started(turn).target, given);
    },
  };
}

function pacedStep(context: Context, engine: string, turn: Turn, subject: string): Step {
  const { perSecond, pacedSeconds } = context.scale.engines;
  return {
    label: `${engine}: ${subject}, ${perSecond} writes/s`,
    seconds: pacedSeconds + context.scale.warmUpSeconds + 0.3,
    run: async () => {
      const { target } = started(turn);
      const team = turn.teams.get(subject) as Team;
      const observer = team.get(subject);
      const setting = { engine, writesPerSecond: perSecond };
      await takeSample(
        context,
        { experiment: 'engines', subject, setting, target, observers: observer ? [observer] : [] },
        () => team.paced(subject, perSecond, pacedSeconds),
        ({ roundTrip, read, lateness }) => ({ latencies: { roundTrip, read: trusted(read), lateness } }),
      );
    },
  };
}

function mostStep(context: Context, engine: string, turn: Turn, subject: string): Step {
  const { mostSeconds: seconds } = context.scale.engines;
  return {
    label: `${engine}: ${subject}, maximum rate`,
    seconds: seconds + 0.7,
    run: async () => {
      const target = targetFor(subject, started(turn).target);
      const team = turn.teams.get(subject) ?? new Team(context, target);
      const plan = { experiment: 'engines', subject, rate: 0, team, target, seconds };
      await loadStep(context, { ...plan, setting: { engine } }).run();
    },
  };
}

function threads(count: number): OwnMeshOptions {
  return { extra: { 'server-threads': String(count) } };
}
