/** How the node announces a write: the channel of all keys, the channel of one key, or CLIENT TRACKING. */
import { OBSERVERS } from '../../../common/services.ts';
import { type Context, type Experiment, type Step, takeSample, withCpu } from '../context.ts';
import { Child } from '../host/child.ts';
import { laneOf } from '../host/observer-process.ts';
import { rotated, startSeconds, Team, trusted } from './team.ts';

const CHANNELS = ['keyevent', 'keyspace', 'tracking'];
const SUBJECTS = ['floor', ...OBSERVERS];
const UNRELATED_KEYS = 1_000;
/** The unrelated writes start before the measured ones and end after them. */
const MARGIN_SECONDS = 0.4;

export const channel: Experiment = {
  name: 'channel',
  title: 'Channel: keyevent, keyspace, or tracking',
  about: 'Round trip and the observer’s CPU, while other keys of the same database are written.',
  caveats: [
    'The unrelated writes go to 1,000 keys of the observer’s database on the writer’s node. All figures include their cost for the nodes.',
    'Each channel has its own baseline. With keyevent, it decodes a notification for every write of every key; with keyspace, for every write of its key; with tracking, one for each of its reads.',
  ],
  ownNodes: false,
  steps(context) {
    const { rounds, unrelatedPerSecond } = context.scale.channel;
    const teams = new Map(CHANNELS.map((name) => [name, new Team(context)]));
    const steps: Step[] = [];
    let unrelated: Child | undefined;
    // The teams can share lanes, because only one team runs at a time.
    for (let round = 0; round < rounds; round += 1) {
      for (const name of rotated(CHANNELS, round)) {
        const team = teams.get(name) as Team;
        steps.push({
          label: `starting observers on ${name}`,
          seconds: startSeconds(SUBJECTS, context),
          run: async () => {
            unrelated ??= new Child('lab/bench/load/main');
            await team.start(SUBJECTS, { KEY_CHANNEL: name });
          },
        });
        for (const rate of unrelatedPerSecond) {
          for (const subject of rotated(SUBJECTS, round)) {
            steps.push(measure(context, team, subject, name, rate, () => unrelated as Child));
          }
        }
        steps.push({ label: 'stopping observers', seconds: 0.5, run: () => team.stop() });
      }
    }
    steps.push({ label: 'stopping', seconds: 0.3, run: async () => unrelated?.stop() });
    return steps;
  },
};

function measure(
  context: Context,
  team: Team,
  subject: string,
  channelName: string,
  unrelatedPerSecond: number,
  unrelated: () => Child,
): Step {
  const { perSecond, seconds } = context.scale.channel;
  const wholeSeconds = seconds + context.scale.warmUpSeconds + MARGIN_SECONDS;
  return {
    label: `${subject} on ${channelName}, ${unrelatedPerSecond} unrelated writes/s`,
    seconds: wholeSeconds,
    run: async () => {
      const observer = team.get(subject);
      const noise =
        unrelatedPerSecond > 0 &&
        writeUnrelated(unrelated(), context, subject, unrelatedPerSecond, wholeSeconds);
      await takeSample(
        context,
        {
          experiment: 'channel',
          subject,
          setting: { channel: channelName, unrelatedPerSecond },
          observers: observer ? [observer] : [],
        },
        async () => {
          const start = performance.now();
          const result = await withCpu(observer, () => team.paced(subject, perSecond, seconds));
          return { ...result, elapsedSeconds: (performance.now() - start) / 1000 };
        },
        ({ roundTrip, read, lateness, cpuMicros, elapsedSeconds }) => ({
          latencies: { roundTrip, read: trusted(read), lateness },
          figures: { observerCpuPercent: cpuMicros && cpuMicros / elapsedSeconds / 1e4 },
        }),
      );
      await noise;
    },
  };
}

/** Writes to other keys of the subject's database. */
function writeUnrelated(
  load: Child,
  { target: { writeTo } }: Context,
  subject: string,
  ratePerSecond: number,
  seconds: number,
): Promise<unknown> {
  const lane = { db: laneOf(subject).db, key: 'bench:unrelated', handshakeKey: '' };
  return load.ask('pipelined', { writeTo, lane, ratePerSecond, seconds, keys: UNRELATED_KEYS });
}
