/** Measures what the metrics of a service cost: the same load with METRICS_PORT and without it, in turn. */
import { setTimeout as wait } from 'node:timers/promises';
import { OBSERVERS } from '../../../common/services.ts';
import { freePorts } from '../../../toolkit/ports.ts';
import { type Context, type Experiment, type Step, takeSample, withCpu } from '../context.ts';
import type { Child } from '../host/child.ts';
import { Writers } from '../host/writers.ts';
import { rotated, startSeconds, Team } from './team.ts';
import { type InTurn, turns } from './turns.ts';

/** Scrapes before the measurement, so that the code of a scrape is compiled, too. */
const WARM_UP_SCRAPES = 100;
/** Approximate time to start both writers and warm them up, only for the estimated duration. */
const START_WRITERS_SECONDS = 4;

export const metrics: Experiment = {
  name: 'metrics',
  title: 'Cost of metrics',
  about: 'Round trip and CPU per write of services with METRICS_PORT, scraped every 5 s, and without.',
  caveats: [
    'A service with metrics and the same service without run side by side, and get the load in turn, in slices of 5 s: loads at the same time would delay each other.',
    'Each round starts new processes, because two processes of the same service differ by several percent, for example in what is compiled.',
    'The round trips of the writers are not compared: the metrics of a writer change nothing before a handshake has arrived.',
    'CPU per write includes one scrape in each slice.',
  ],
  ownNodes: false,
  steps: (context) =>
    Array.from({ length: context.scale.metrics.rounds }, (_, round) => [
      ...rotated(OBSERVERS, round).map((name) => observerStep(context, rotated(pairOf(name), round))),
      writerStep(context, rotated(pairOf('writer'), round)),
    ]).flat(),
};

/** Returns a service without metrics, and the same service with metrics. */
function pairOf(name: string): string[] {
  return [name, `${name}, metrics`];
}

/** Returns a port for each subject that has metrics, and an empty text for the others. */
async function portsOf(subjects: readonly string[]): Promise<Map<string, string>> {
  const free = await freePorts(subjects.length);
  return new Map(subjects.map((subject, i) => [subject, subject.endsWith(', metrics') ? `${free[i]}` : '']));
}

/** Takes a sample of both observers of a pair, in turn. */
function observerStep(context: Context, pair: readonly string[]): Step {
  const { perSecond, slices, sliceSeconds, warmUpWrites, warmUpSeconds } = context.scale.metrics;
  const team = new Team(context);
  const sample = (subject: string, port: string, inTurn: InTurn) => {
    const observer = team.get(subject) as Child;
    const slice = () =>
      withCpu(observer, async () => {
        const load = team.paced(subject, perSecond, sliceSeconds);
        await scrapeHalfway(sliceSeconds, port);
        return load;
      });
    return takeSample(
      context,
      identityOf(context, subject, observer),
      () => inTurn(slices, slice),
      (measured) => {
        const all = (name: 'roundTrip' | 'lateness') => measured.flatMap((one) => one[name]);
        const writes = measured.length * perSecond * (sliceSeconds + context.scale.warmUpSeconds);
        return {
          latencies: { roundTrip: all('roundTrip'), lateness: all('lateness') },
          figures: { cpuMicrosPerWrite: cpuPerWrite(measured, writes) },
        };
      },
    );
  };
  return {
    label: pair.join(' and '),
    seconds:
      startSeconds(pair, context, warmUpWrites) +
      pair.length * (warmUpSeconds + slices * (sliceSeconds + 0.4)),
    run: async () => {
      const ports = await portsOf(pair);
      const inTurn = turns(pair.length);
      try {
        for (const [subject, port] of ports)
          await team.start([subject], { METRICS_PORT: port }, warmUpWrites);
        for (const [subject, port] of ports) {
          await warmUpScrapes(port);
          if (warmUpSeconds > 0) await team.paced(subject, perSecond, warmUpSeconds);
        }
        await Promise.all([...ports].map(([subject, port]) => sample(subject, port, inTurn)));
      } finally {
        // An observer that is left over would answer for that of the next round, before that listens.
        await team.stop();
      }
    },
  };
}

/** Takes a sample of both writers, in turn. */
function writerStep(context: Context, pair: readonly string[]): Step {
  const { perSecond, slices, sliceSeconds, warmUpSeconds } = context.scale.metrics;
  const writers = new Writers(context.target);
  const sample = (subject: string, port: string, inTurn: InTurn) => {
    const writer = writers.get(subject);
    const slice = async () => {
      await writers.resume(subject);
      const start = performance.now();
      const used = await withCpu(writer, async () => {
        await Promise.all([scrapeHalfway(sliceSeconds, port), wait(sliceSeconds * 1000)]);
        return { writes: ((performance.now() - start) / 1000) * perSecond };
      });
      await writers.pause(subject);
      return used;
    };
    return takeSample(
      context,
      identityOf(context, subject, writer),
      () => inTurn(slices, slice),
      (measured) => {
        const writes = measured.reduce((sum, one) => sum + one.writes, 0);
        return { figures: { cpuMicrosPerWrite: cpuPerWrite(measured, writes) } };
      },
    );
  };
  return {
    label: pair.join(' and '),
    seconds: START_WRITERS_SECONDS + warmUpSeconds + pair.length * slices * sliceSeconds,
    run: async () => {
      const ports = await portsOf(pair);
      const inTurn = turns(pair.length);
      try {
        await writers.start(ports, perSecond);
        await Promise.all([...ports.values()].map(warmUpScrapes));
        await wait(warmUpSeconds * 1000);
        for (const subject of pair) await writers.pause(subject);
        await Promise.all([...ports].map(([subject, port]) => sample(subject, port, inTurn)));
      } finally {
        await writers.stop();
      }
    },
  };
}

/** Returns `undefined` if the system does not report CPU times. */
function cpuPerWrite(
  measured: readonly { cpuMicros: number | undefined }[],
  writes: number,
): number | undefined {
  const sum = measured.reduce((total, { cpuMicros = Number.NaN }) => total + cpuMicros, 0);
  return Number.isNaN(sum) ? undefined : sum / writes;
}

function identityOf({ scale }: Context, subject: string, child: Child) {
  const setting = { writesPerSecond: scale.metrics.perSecond };
  return { experiment: 'metrics', subject, setting, observers: [child] };
}

async function warmUpScrapes(port: string): Promise<void> {
  for (let i = 0; i < WARM_UP_SCRAPES && port !== ''; i += 1) await scrape(port);
}

/** Scrapes the metrics in the middle of a time, if there is a port. */
async function scrapeHalfway(seconds: number, port: string): Promise<void> {
  if (port === '') return;
  await wait((seconds * 1000) / 2);
  await scrape(port);
}

async function scrape(port: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  const text = await response.text();
  if (!response.ok) throw new Error(`the scrape failed with ${response.status}: ${text}`);
}
