/** Which kind of channel to listen on: all keys' events, filtered by the observer, or the events of one key. */
import { type Context, type Experiment, type Step, takeSample, withCpu } from '../context.ts';
import { Child } from '../host/child.ts';
import { laneOf } from '../host/observer-process.ts';
import { rotated, Team, trusted } from './team.ts';

const CHANNELS = ['keyevent', 'keyspace'];
const SUBJECTS = ['floor', 'sync-observer', 'async-observer'];
const UNRELATED_KEYS = 1_000;
/** What it takes to start the observers and, for each write of the warm-up, to have them answer it. */
const SETUP_SECONDS = 1.5;
const SETUP_SECONDS_PER_WRITE = 0.002;
/** The unrelated writes begin before the measured ones, and end after them. */
const MARGIN_SECONDS = 0.4;

export const channel: Experiment = {
  name: 'channel',
  title: 'Channel: keyevent against keyspace',
  about: 'Round trip and the observer’s CPU, while other keys of the same database are written.',
  caveats: [
    'The unrelated writes go to 1,000 keys of the observer’s database on the writer’s node; what they cost the nodes is in both figures.',
  ],
  ownNodes: false,
  steps(context) {
    const { rounds, unrelatedPerSecond } = context.scale.channel;
    const teams = new Map(CHANNELS.map((name) => [name, new Team(context)]));
    const steps: Step[] = [];
    let unrelated: Child | undefined;
    // The two teams take turns in the same lanes: only one is there at a time.
    for (let round = 0; round < rounds; round += 1) {
      for (const name of rotated(CHANNELS, round)) {
        const team = teams.get(name) as Team;
        steps.push({
          label: `starting observers on ${name}`,
          seconds: SETUP_SECONDS + SETUP_SECONDS_PER_WRITE * context.scale.warmUpWrites,
          run: async () => {
            unrelated ??= new Child('bench/load/main');
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

/** To other keys of the subject's database. */
function writeUnrelated(
  load: Child,
  { target: { writeTo } }: Context,
  subject: string,
  ratePerSecond: number,
  seconds: number,
): Promise<unknown> {
  const lane = { db: laneOf(subject).db, key: 'bench:unrelated', handshakeKey: '' };
  return load.ask('flood', { writeTo, lane, ratePerSecond, seconds, keys: UNRELATED_KEYS });
}
