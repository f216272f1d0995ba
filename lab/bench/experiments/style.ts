/** Measures whether an observer's style or its client library matters. */
import { type Context, type Experiment, type Step, takeSample, withCpu } from '../context.ts';
import { loadStep } from './keeping-up.ts';
import { rotated, startSeconds, Team } from './team.ts';

const SUBJECTS = ['ioredis, callbacks', 'ioredis, iterator', 'redis, callbacks', 'redis, iterator'];

export const style: Experiment = {
  name: 'style',
  title: 'Callbacks or iterator, ioredis or node-redis',
  about: 'Round trip and CPU per write of minimal observers in all four combinations of library and style.',
  caveats: [
    'The four observers take the same steps and log nothing. The services differ in both library and style, so they cannot show which of the two matters.',
    'node-redis has no callback interface: its callbacks continue in then().',
  ],
  ownNodes: false,
  steps(context) {
    const { rounds, mostSeconds: seconds } = context.scale.style;
    const team = new Team(context);
    const steps: Step[] = [
      {
        label: 'starting observers',
        seconds: startSeconds(SUBJECTS, context),
        run: () => team.start(SUBJECTS),
      },
    ];
    for (let round = 0; round < rounds; round += 1) {
      for (const subject of rotated(SUBJECTS, round)) {
        const plan = { experiment: 'style', subject, rate: 0, team, seconds };
        steps.push(pacedStep(context, team, subject), loadStep(context, plan));
      }
    }
    steps.push({ label: 'stopping observers', seconds: 1, run: () => team.stop() });
    return steps;
  },
};

function pacedStep(context: Context, team: Team, subject: string): Step {
  const { scale } = context;
  const { perSecond, pacedSeconds: seconds } = scale.style;
  return {
    label: `${subject} at ${perSecond} writes/s`,
    seconds: seconds + scale.warmUpSeconds + 0.3,
    run: async () => {
      const observer = team.get(subject);
      await takeSample(
        context,
        {
          experiment: 'style',
          subject,
          setting: { writesPerSecond: perSecond },
          observers: observer ? [observer] : [],
        },
        () => withCpu(observer, () => team.paced(subject, perSecond, seconds)),
        ({ due, roundTrip, lateness, cpuMicros }) => ({
          latencies: { roundTrip, lateness },
          figures: {
            cpuMicrosPerWrite: cpuMicros && cpuMicros / (due.length + perSecond * scale.warmUpSeconds),
          },
        }),
      );
    },
  };
}
