/** Measures whether the services' memory grows with the number of writes. */
import { OBSERVERS } from '../../../common/services.ts';
import { type Context, type Experiment, type Step, takeSample } from '../context.ts';
import type { Child } from '../host/child.ts';
import { laneOf, startObserver } from '../host/observer-process.ts';
import type { Pipelined } from '../load/pipelined.ts';

const SUBJECTS = ['floor', ...OBSERVERS];
/** Approximate rate of a mesh of three nodes with three observers, only for the estimated duration. */
const WRITES_PER_SECOND = 25_000;
/** The first writes are slow, as in normal operation, so that the heap settles. */
const SETTLING_PER_SECOND = 5_000;
/** Number of memory samples during the writes. */
const POINTS = 11;

export const memory: Experiment = {
  name: 'memory',
  title: 'Memory over many writes',
  about: 'Resident memory of each observer, from the first writes to the last.',
  caveats: [
    'All three observe the same writes at the same time. A garbage-collected heap grows and shrinks; only continuous growth is a leak.',
  ],
  ownNodes: false,
  steps(context) {
    const { fromWrites, toWrites } = context.scale.memory;
    const lane = laneOf('memory');
    const observers = new Map<string, Child>();
    const part = Math.ceil((toWrites - fromWrites) / (POINTS - 1));
    const step = (until: number, writes: number, ratePerSecond: number): Step => ({
      label: `${until} writes`,
      seconds: writes / (ratePerSecond || WRITES_PER_SECOND) + 0.2,
      run: () => measure(context, observers, until, writes, ratePerSecond),
    });
    const points = Array.from({ length: POINTS - 1 }, (_, i) => step(fromWrites + part * (i + 1), part, 0));
    return [
      {
        label: 'starting observers',
        seconds: 1.5,
        run: async () => {
          const { writeTo, observedOn } = context.target;
          for (const subject of SUBJECTS) {
            const own = { ...lane, handshakeKey: laneOf(subject).handshakeKey };
            observers.set(subject, startObserver(subject, context.target, { lane: own }));
            await context.load.ask('prepare', { writeTo, observedOn, lane: own });
          }
        },
      },
      step(fromWrites, fromWrites, SETTLING_PER_SECOND),
      ...points,
      {
        label: 'stopping observers',
        seconds: 0.5,
        run: async () => {
          await Promise.all([...observers.values()].map((child) => child.stop()));
        },
      },
    ];
  },
};

async function measure(
  context: Context,
  observers: ReadonlyMap<string, Child>,
  until: number,
  writes: number,
  ratePerSecond: number,
): Promise<void> {
  const { writeTo } = context.target;
  const load = { writeTo, lane: laneOf('memory'), ratePerSecond, seconds: 1e4, writes };
  await context.load.ask<Pipelined>('pipelined', load);
  for (const [subject, child] of observers) {
    await takeSample(
      context,
      { experiment: 'memory', subject, setting: { writes: until }, observers: [child] },
      async () => ({ bytes: await child.memoryBytes() }),
      ({ bytes }) => ({ figures: { memoryMb: bytes && bytes / 2 ** 20 } }),
    );
  }
}
