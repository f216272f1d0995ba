/** Measures what the live page costs: the same services with a monitor and open pages, and without, in turn. */
import { setTimeout as wait } from 'node:timers/promises';
import { SERVICES, type Service } from '../../../common/services.ts';
import { type Context, type Experiment, type Step, takeSample, withCpu } from '../context.ts';
import { LiveSystem } from '../host/live-system.ts';
import { type OwnMesh, startMesh } from '../host/target.ts';
import type { Frames } from '../load/pages.ts';
import type { Identity } from '../sample.ts';
import { rotated } from './team.ts';

const NODES = 3;
/** Approximate times, only for the estimated duration. */
const START_SECONDS = 6;
const MONITOR_SECONDS = 2;
/** Number of memory samples. */
const POINTS = 7;

interface Running {
  mesh: OwnMesh;
  system: LiveSystem;
}

export const page: Experiment = {
  name: 'page',
  title: 'Cost of the live page',
  about:
    'Round trip of both observers with 20 open live pages, and without a monitor; memory of the monitor.',
  caveats: [
    'The same processes of the services run with and without the page, in turn. Without the page, there is no monitor.',
    'Writer, observers, nodes, monitor, and the readers of the pages share the cores of one machine. Browsers would use more CPU time than these readers.',
    'Round trips are those of the log of the writer.',
  ],
  ownNodes: true,
  steps(context) {
    const { rounds, warmUpSeconds, seconds } = context.scale.page;
    const running: Partial<Running> = {};
    const use = () => running as Running;
    const phase = (open: boolean): Step => ({
      label: open ? 'with pages' : 'without a monitor',
      seconds: warmUpSeconds + seconds + (open ? MONITOR_SECONDS : 0),
      run: () =>
        open
          ? withPages(context, use(), () => compare(context, use(), true))
          : compare(context, use(), false),
    });
    return [
      {
        label: 'starting nodes and services',
        seconds: START_SECONDS + warmUpSeconds,
        run: () => start(context, running),
      },
      ...Array.from({ length: rounds }, (_, round) => rotated([false, true], round).map(phase)).flat(),
      memoryStep(context, use),
      {
        label: 'stopping nodes and services',
        seconds: 1,
        run: async () => {
          await running.system?.stop();
          await running.mesh?.stop();
        },
      },
    ];
  },
};

async function start({ engine, scale }: Context, running: Partial<Running>): Promise<void> {
  if (!engine) throw new Error('found no KeyDB, Valkey, or Redis server to start nodes');
  running.mesh = await startMesh(engine, NODES);
  running.system = new LiveSystem(running.mesh.target);
  await running.system.start(scale.page.perSecond);
}

/** Runs the work while a monitor serves open pages. */
async function withPages(context: Context, { system }: Running, work: () => Promise<void>): Promise<void> {
  try {
    const port = await system.startMonitor();
    await context.load.ask('openPages', { port, count: context.scale.page.pages });
    await work();
  } finally {
    await context.load.ask('closePages');
    await system.stopMonitor();
  }
}

type Record = () => ReturnType<LiveSystem['record']>;

/** Takes a sample of all services at the same time, and of the monitor if pages are open. */
async function compare(context: Context, running: Running, open: boolean): Promise<void> {
  const { seconds, warmUpSeconds } = context.scale.page;
  await wait(warmUpSeconds * 1000);
  if (open) await context.load.ask('takeFrames');
  let recording: ReturnType<Record> | undefined;
  const record = () => {
    recording ??= running.system.record(seconds);
    return recording;
  };
  await Promise.all([
    ...SERVICES.map((name) => sampleService(context, running, name, open, record)),
    ...(open ? [sampleMonitor(context, running, record)] : []),
  ]);
}

/** An observer has round trips, which its handshakes cause. */
function sampleService(
  context: Context,
  running: Running,
  name: Service,
  open: boolean,
  record: Record,
): Promise<void> {
  const { perSecond, seconds } = context.scale.page;
  return takeSample(
    context,
    identityOf(running, open ? `${name}, page` : name, { writesPerSecond: perSecond }),
    () => withCpu(running.system.get(name), record),
    ({ writes, roundTrips, cpuMicros }) => ({
      latencies: { roundTrip: roundTrips[name] ?? [] },
      figures: { reachedPerSecond: writes / seconds, cpuMicrosPerWrite: cpuMicros && cpuMicros / writes },
    }),
  );
}

function sampleMonitor(context: Context, running: Running, record: Record): Promise<void> {
  const { perSecond, pages, seconds } = context.scale.page;
  const work = async () => {
    await record();
    return context.load.ask<Frames>('takeFrames');
  };
  return takeSample(
    context,
    identityOf(running, 'monitor', { writesPerSecond: perSecond, pages }),
    () => withCpu(running.system.monitor, work),
    ({ cpuMicros, perSecond, bytesPerSecond }) => ({
      figures: {
        monitorCpuPercent: cpuMicros && cpuMicros / seconds / 1e4,
        framesPerSecond: perSecond,
        kilobytesPerFrame: bytesPerSecond / pages / perSecond / 1e3,
      },
    }),
  );
}

function identityOf({ mesh, system }: Running, subject: string, setting: Identity['setting']) {
  return { experiment: 'page', subject, setting, target: mesh.target, observers: system.processes };
}

/** Samples the memory of one monitor with open pages. */
function memoryStep(context: Context, use: () => Running): Step {
  const { perSecond, pages, memorySeconds, memoryWarmUpSeconds } = context.scale.page;
  const measure = async () => {
    const { monitor } = use().system;
    await wait(memoryWarmUpSeconds * 1000);
    for (let point = 0; point < POINTS; point += 1) {
      const seconds = Number(((memorySeconds * point) / (POINTS - 1)).toFixed(1));
      if (point > 0) await wait((memorySeconds * 1000) / (POINTS - 1));
      await takeSample(
        context,
        identityOf(use(), 'monitor', { writesPerSecond: perSecond, pages, seconds }),
        async () => ({ bytes: await monitor?.memoryBytes() }),
        ({ bytes }) => ({ figures: { memoryMb: bytes && bytes / 2 ** 20 } }),
      );
    }
  };
  return {
    label: 'memory of the monitor',
    seconds: MONITOR_SECONDS + memoryWarmUpSeconds + memorySeconds,
    run: () => withPages(context, use(), measure),
  };
}
