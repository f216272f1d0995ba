/** Measures how late the last of many observers receives a write. */
import { type Context, type Experiment, type Step, takeSample } from '../context.ts';
import { Child } from '../host/child.ts';
import { laneOf } from '../host/observer-process.ts';
import { handshakesTo } from '../host/target.ts';
import type { CrowdTask } from '../load/crowd.ts';
import type { Paced } from '../load/paced.ts';
import type { Measured } from '../sample.ts';
import { sinceDue } from './latency.ts';
import { rotated } from './team.ts';

/** For each write, when the last observer received it, and how many observers did. */
interface Received {
  micros: number[];
  members: number[];
}

const MODES: CrowdTask['mode'][] = ['listening', 'keyspace', 'keyevent'];
/** With keyevent, all observers receive each handshake. A node cannot send more messages per write than this. */
const MOST_MESSAGES_PER_WRITE = 20_000;

export const observers: Experiment = {
  name: 'observers',
  title: 'Many observers on one node',
  about: 'Write to notification of the last observer, and the cost for the node.',
  caveats: [
    '“listening” receives the notifications and does nothing; with “keyspace” and “keyevent”, each observer is a baseline that answers with a handshake of its own.',
    'All observers of a crowd are connections of one process. With many of them, the figure includes the time that this process needs to read them.',
    'With keyevent, every observer receives a notification of every other observer’s handshake: n observers cost n² messages per write. Crowds that need more than 20,000 are skipped.',
  ],
  ownNodes: false,
  steps(context) {
    const { counts, rounds } = context.scale.crowd;
    let crowd: Child | undefined;
    const steps: Step[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const count of counts) {
        for (const mode of rotated(MODES, round)) {
          if (mode === 'keyevent' && count * count > MOST_MESSAGES_PER_WRITE) continue;
          steps.push(
            measure(context, count, mode, () => {
              crowd ??= new Child('lab/bench/load/main');
              return crowd;
            }),
          );
        }
      }
    }
    steps.push({ label: 'stopping', seconds: 0.3, run: async () => crowd?.stop() });
    return steps;
  },
};

function measure(context: Context, count: number, mode: CrowdTask['mode'], crowdOf: () => Child): Step {
  const { observedOn } = context.target;
  const crowdOn = { address: observedOn, handshakesTo: handshakesTo(context.target) };
  return {
    label: `${count} observers, ${mode}`,
    seconds: context.scale.crowd.seconds + context.scale.warmUpSeconds + 0.6,
    run: async () => {
      const crowd = crowdOf();
      await crowd.ask('openCrowd', { ...crowdOn, lane: laneOf('crowd'), count, mode });
      await takeSample(
        context,
        { experiment: 'observers', subject: mode, setting: { observers: count }, observers: [crowd] },
        async () => {
          const paced = await writePaced(context);
          return { paced, received: await crowd.ask<Received>('takeReceived') };
        },
        (run, nodes) => figuresOf(run, count, nodes(observedOn).cpuMicros),
      );
      await crowd.ask('closeCrowd');
    },
  };
}

function writePaced({ scale, target, load }: Context): Promise<Paced> {
  const { perSecond, seconds } = scale.crowd;
  return load.ask('paced', {
    writeTo: target.writeTo,
    lane: laneOf('crowd'),
    ratePerSecond: perSecond,
    writes: Math.ceil(perSecond * seconds),
    warmUp: Math.ceil(perSecond * scale.warmUpSeconds),
    answered: false,
    arrivesOn: [target.observedOn],
  });
}

function figuresOf(
  { paced, received }: { paced: Paced; received: Received },
  count: number,
  nodeCpuMicros: number,
): Measured {
  const incomplete = received.members.slice(-paced.due.length).filter((members) => members < count).length;
  return {
    latencies: { lastNotification: sinceDue(received.micros, paced.due), lateness: paced.lateness },
    figures: {
      writesNotHeardByAll: incomplete,
      nodeCpuMicrosPerWrite: nodeCpuMicros / received.micros.length,
    },
  };
}
