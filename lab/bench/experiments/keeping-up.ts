/** Measures what happens when writes arrive faster than an observer can answer each. */
import { OBSERVERS } from '../../../common/services.ts';
import { type Context, type Experiment, type NodeUse, type Step, takeSample, withCpu } from '../context.ts';
import type { Child } from '../host/child.ts';
import { laneOf } from '../host/observer-process.ts';
import { settle } from '../host/settle.ts';
import { handshakesTo, type Target } from '../host/target.ts';
import type { Pipelined } from '../load/pipelined.ts';
import type { Measured } from '../sample.ts';
import { rotated, startSeconds, Team } from './team.ts';

/** No observer runs: the rate of the writer and the nodes alone. */
export const ALONE = 'alone';
const WARM = ['floor', ...OBSERVERS];
const TRACKING = OBSERVERS.map((name) => `${name}, tracking`);
/** Subjects whose maximum write rate is compared with the rate of the writer alone. */
const PAIRED = [...WARM, ...TRACKING];
/** Subjects that run at the maximum rate only. */
const COMPARED = ['floor, tracking', ...OBSERVERS.map((name) => `${name}, warn`)];
/** Subjects that may still have a queue after a round, so each round starts new ones. */
const NAIVE = ['naive', 'naive-pipelined'];
/** Time to start a naive observer and wait for it, in seconds. */
const NAIVE_EXTRA_SECONDS = 3;
/** Approximate time from the end of a load until its nodes are idle, only for the estimated duration. */
const SETTLING_SECONDS = 0.7;
/** The rate that means the maximum rate. */
export const MOST = 'most';

export const keepingUp: Experiment = {
  name: 'keeping-up',
  title: 'Keeping up with a rising write rate',
  about:
    'Lag after the last write, conflated writes, CPU and memory, compared with the baseline and naive observers.',
  caveats: [
    'Lag in observations is counted on the observer’s node: handshakes after the last write had arrived there. This is independent of clocks.',
    'CPU per write counts only the observer’s process. If an observer had not caught up in time, it is the CPU per answered write.',
    'Services run with the shipped settings; “, warn” is LOG_LEVEL=warn, “, tracking” is KEY_CHANNEL=tracking.',
    'The baseline decodes one notification per write; with tracking, one per read. The first is no lower bound for observers with tracking.',
    'The writer alone is measured right before or after each load with an observer. Nodes, writer, and observer share the cores, so the baseline slows the writer down, too.',
    'The maximum rate exceeds the capacity of the links. The lag in milliseconds is then that of replication, and the lag in observations is that of the observer.',
    'The naive observers get shorter loads with more time to catch up, and are restarted each time. With the loads of the other observers, they would not catch up before the end of the run.',
  ],
  ownNodes: false,
  steps(context) {
    const { scale } = context;
    const team = new Team(context);
    const warm = [...PAIRED, ...COMPARED];
    const steps: Step[] = [
      {
        label: 'starting observers',
        seconds: startSeconds(warm, context),
        run: () => team.start(warm),
      },
    ];
    const { rates, rateRounds, mostRounds, naiveRounds } = scale.keepingUp;
    for (const rate of [...rates, 0]) {
      for (let round = 0; round < (rate === 0 ? mostRounds : rateRounds); round += 1) {
        const subjects = [...(rate === 0 ? warm : PAIRED), ...(round < naiveRounds ? NAIVE : [])];
        for (const subject of rotated(subjects, round)) {
          const step = loadStep(context, { experiment: 'keeping-up', subject, rate, team });
          const isPaired = rate === 0 && PAIRED.includes(subject);
          steps.push(...(isPaired ? besideAlone(context, team, step, subject, round) : [step]));
        }
      }
    }
    steps.push({ label: 'stopping observers', seconds: 1, run: () => team.stop() });
    return steps;
  },
};

/** Alternates the maximum-rate load with an observer and without one, to measure the cost of the observer. */
function besideAlone(context: Context, team: Team, step: Step, subject: string, round: number): Step[] {
  const plan = { experiment: 'keeping-up', subject: ALONE, rate: 0, team, setting: { against: subject } };
  const alone = loadStep(context, plan);
  return round % 2 === 0 ? [alone, step] : [step, alone];
}

interface LoadPlan {
  experiment: string;
  subject: string;
  /** Writes per second; 0: maximum rate. */
  rate: number;
  team: Team;
  target?: Target;
  /** Additional fields of the setting's identity. */
  setting?: Record<string, string | number>;
  seconds?: number;
}

/** Runs one load for one observer. */
export function loadStep(context: Context, plan: LoadPlan): Step {
  const { experiment, subject, rate, team } = plan;
  const { target = context.target, setting = {} } = plan;
  const { keepingUp: scale } = context.scale;
  const rateName = rate === 0 ? MOST : rate;
  const isNaive = NAIVE.includes(subject);
  const seconds = isNaive ? scale.naiveSeconds : (plan.seconds ?? scale.seconds);
  return {
    label: `${subject}, ${rate === 0 ? 'maximum rate' : `${rate} writes/s`}`,
    seconds: seconds + SETTLING_SECONDS + (isNaive ? NAIVE_EXTRA_SECONDS : 0),
    run: async () => {
      await settle(target);
      const fresh = isNaive ? new Team(context, target) : undefined;
      await fresh?.start([subject]);
      const observer = (fresh ?? team).get(subject);
      await takeSample(
        context,
        {
          experiment,
          subject,
          setting: { ...setting, writesPerSecond: rateName },
          target,
          observers: observer ? [observer] : [],
        },
        () => runLoad(context, target, subject, rate, seconds, observer),
        (load, nodes) => figuresOf(load, nodes, target),
      );
      await fresh?.stop();
    },
  };
}

type Run = Pipelined & { cpuMicros: number | undefined; memoryBytes: number | undefined };

async function runLoad(
  context: Context,
  target: Target,
  subject: string,
  rate: number,
  seconds: number,
  observer: Child | undefined,
): Promise<Run> {
  const { writeTo, observedOn } = target;
  const load = () =>
    context.load.ask<Pipelined>('pipelined', {
      writeTo,
      lane: laneOf(subject),
      ratePerSecond: rate,
      seconds,
      ...(observer && { observedOn, handshakesTo: handshakesTo(target) }),
      catchUpSeconds: context.scale.keepingUp.catchUpSeconds,
    });
  const run = await withCpu(observer, load);
  return { ...run, memoryBytes: await observer?.memoryBytes() };
}

function figuresOf(run: Run, nodes: NodeUse, { writeTo, observedOn }: Target): Measured {
  const { writes, seconds, observed, cpuMicros, memoryBytes } = run;
  const writesPerSecond = writes / seconds;
  const nodeFigures = {
    writerNodeCpuMicrosPerWrite: nodes(writeTo).cpuMicros / writes,
    observerNodeCpuMicrosPerWrite: nodes(observedOn).cpuMicros / writes,
  };
  if (!observed) return { figures: { writes, reachedPerSecond: writesPerSecond, ...nodeFigures } };
  const { observations, caughtUp } = observed;
  // At the deadline, one observation is still missing for each unanswered write.
  const owed = observed.lagObservations + (caughtUp ? 0 : Math.max(0, writes - observations));
  const answered = caughtUp ? writes : Math.max(1, observations);
  return {
    figures: {
      writes,
      reachedPerSecond: writesPerSecond,
      lagObservations: owed,
      lagMs: observed.lagMs,
      caughtUp: Number(caughtUp),
      reads: nodes(observedOn).gets - observed.reads,
      observations,
      conflated: Math.max(0, writes - observations),
      cpuMicrosPerWrite: cpuMicros && cpuMicros / answered,
      memoryMb: memoryBytes && memoryBytes / 2 ** 20,
      ...nodeFigures,
    },
  };
}
