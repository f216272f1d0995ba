/** Checks the guarantees of the live page. Pure. */
import { OBSERVERS, SERVICES } from '../../../common/services.ts';
import type { Sample } from '../sample.ts';
import { type Check, checkOf, cpuPerWrite, figure, identityAt, roundTrip } from './check.ts';
import { ratiosOf, valuesOf } from './ratios.ts';

const LIMITS = {
  /** Services only send log lines and values to the monitor, outside the path of a write and of an observation. */
  roundTrip: 1.05,
  framesPerSecond: 10,
  memory: 1.1,
};

/** Compares the services with open pages and without a monitor, and checks the monitor itself. */
export function pageChecks(samples: readonly Sample[]): Check[] {
  const check = checkOf('page');
  const at = identityAt('page', { writesPerSecond: 1_000 });
  const monitor = samples.filter(({ experiment, subject }) => experiment === 'page' && subject === 'monitor');
  const withFrames = monitor.find(({ figures }) => figures.framesPerSecond !== undefined);
  const withMemory = monitor.filter(({ figures }) => figures.memoryMb !== undefined);
  const [first, last] = [withMemory[0], withMemory.at(-1)];
  const pages = withFrames?.setting.pages;
  return [
    ...OBSERVERS.map((subject) =>
      check(
        {
          text: `round trip with ${pages} live pages ÷ without a monitor, median at 1,000 writes/s`,
          subject,
          limit: LIMITS.roundTrip,
        },
        ratiosOf(samples, at(`${subject}, page`), at(subject), roundTrip('p50')),
      ),
    ),
    // Without a limit: the guarantee is about the round trip. The CPU time of a service depends less on other processes.
    ...SERVICES.map((subject) =>
      check(
        { text: `CPU per write with ${pages} live pages ÷ without a monitor, at 1,000 writes/s`, subject },
        ratiosOf(samples, at(`${subject}, page`), at(subject), cpuPerWrite),
      ),
    ),
    check(
      { text: 'frames per second of one page', subject: 'monitor', limit: LIMITS.framesPerSecond },
      withFrames ? [...valuesOf(samples, withFrames, figure('framesPerSecond')).values()] : [],
    ),
    check(
      {
        text: `memory after ${last?.setting.seconds} s ÷ at the start`,
        subject: 'monitor',
        limit: LIMITS.memory,
      },
      first && last ? ratiosOf(samples, last, first, figure('memoryMb')) : [],
    ),
  ];
}
