/** Measures the time from a write to its notification, to the observer's read, and to the handshake at the writer. */
import { OBSERVERS } from '../../../common/services.ts';
import { type Context, type Experiment, type Step, takeSample, withCpu } from '../context.ts';
import { rotated, startSeconds, Team, trusted } from './team.ts';

const SUBJECTS = ['floor', ...OBSERVERS];
/** Services without a log line per write, at the rate of the guarantees, which limit the cost of these lines. */
const QUIET = OBSERVERS.map((name) => `${name}, warn`);
const QUIET_PER_SECOND = 100;
/** The services' own code, which also records the time of each notification. */
const PROBES = ['sync-probe', 'async-probe'];

export const latency: Experiment = {
  name: 'latency',
  title: 'Latency at paced rates',
  about:
    'Write to notification, to read, and to the handshake back at the writer, compared with the baseline.',
  caveats: [
    'Measured from the scheduled time of each write, so a pause appears in every write that it delayed. A conflated write counts until the handshake for the newer one.',
    'The round trip uses one clock. Write to read compares the clocks of two processes of one machine, which agree within about 0.02 ms on an idle machine. A round in which a read seems to precede its write has no such figure.',
    'Write to notification is measured inside the observer. The baseline records it itself. For the services, a small process runs their observe() and records it.',
    'Services run with the shipped settings: LOG_LEVEL=info, LOG_FORMAT=pretty. “, warn” is the service with LOG_LEVEL=warn. The baseline logs nothing.',
  ],
  ownNodes: false,
  steps(context) {
    const team = new Team(context);
    const { latency: scale } = context.scale;
    const all = [...SUBJECTS, ...QUIET, ...PROBES];
    const steps: Step[] = [
      {
        label: 'starting observers',
        seconds: startSeconds(all, context),
        run: () => team.start(all),
      },
    ];
    const mostRounds = Math.max(...scale.rates.map(({ rounds }) => rounds));
    for (let round = 0; round < mostRounds; round += 1) {
      for (const rate of scale.rates.filter(({ rounds }) => round < rounds)) {
        const subjects = [
          ...SUBJECTS,
          ...(rate.perSecond === QUIET_PER_SECOND ? QUIET : []),
          ...(round < scale.probeRounds ? PROBES : []),
        ];
        for (const subject of rotated(subjects, round)) steps.push(measure(context, team, subject, rate));
      }
    }
    steps.push({ label: 'stopping observers', seconds: 1, run: () => team.stop() });
    return steps;
  },
};

function measure(
  context: Context,
  team: Team,
  subject: string,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Step {
  const warmUp = perSecond * context.scale.warmUpSeconds;
  return {
    label: `${subject} at ${perSecond} writes/s`,
    seconds: seconds + context.scale.warmUpSeconds + 0.3,
    run: async () => {
      const observer = team.get(subject);
      if (!observer) throw new Error(`${subject} was not started`);
      await observerStamps(subject, observer);
      await takeSample(
        context,
        { experiment: 'latency', subject, setting: { writesPerSecond: perSecond }, observers: [observer] },
        async () => {
          const result = await withCpu(observer, () => team.paced(subject, perSecond, seconds));
          return { ...result, stamps: await observerStamps(subject, observer) };
        },
        ({ due, lateness, read, roundTrip, handshakes, cpuMicros, stamps }) => ({
          latencies: {
            ...(stamps && { notification: sinceDue(stamps, due) }),
            // A probe's timestamps cost CPU time, so its other figures are omitted.
            ...(!PROBES.includes(subject) && { read: trusted(read), roundTrip }),
            lateness,
          },
          figures: {
            writes: due.length,
            handshakes,
            cpuMicrosPerWrite: cpuMicros && cpuMicros / (due.length + warmUp),
          },
        }),
      );
    },
  };
}

/** Returns the times of the notifications, if the observer records them. */
async function observerStamps(
  subject: string,
  observer: { ask<Result>(task: string): Promise<Result> },
): Promise<number[] | undefined> {
  return subject === 'floor' || PROBES.includes(subject) ? observer.ask<number[]>('takeStamps') : undefined;
}

/** Returns the last times. Each write has one notification, in order, so these belong to the counted writes. */
export function sinceDue(stamps: readonly number[], due: readonly number[]): number[] {
  const offset = stamps.length - due.length;
  if (offset < 0) throw new Error(`${due.length} writes, but only ${stamps.length} notifications`);
  return due.map((micros, i) => (stamps[offset + i] as number) - micros);
}
