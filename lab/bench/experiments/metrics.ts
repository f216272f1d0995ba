/** Measures what the metrics of a service cost: the same load with METRICS_PORT and without it, at the same time. */
import { setTimeout as wait } from 'node:timers/promises';
import { OBSERVERS } from '../../../common/services.ts';
import { freePorts } from '../../../toolkit/ports.ts';
import { type Context, type Experiment, type Step, takeSample, withCpu } from '../context.ts';
import type { Child } from '../host/child.ts';
import { Writers } from '../host/writers.ts';
import { rotated, startSeconds, Team } from './team.ts';

/** Scrapes before the measurement, so that the code of a scrape is compiled, too. */
const WARM_UP_SCRAPES = 100;
/** Interval of the Prometheus that Compose starts. */
const SCRAPE_SECONDS = 5;
/** Approximate time to start both writers and warm them up, only for the estimated duration. */
const START_WRITERS_SECONDS = 4;

export const metrics: Experiment = {
  name: 'metrics',
  title: 'Cost of metrics',
  about: 'Round trip and CPU per write of services with METRICS_PORT, scraped every 5 s, and without.',
  caveats: [
    'A service with metrics and the same service without run at the same time, so that other processes and the clock rate of the CPU affect both.',
    'Each round starts new processes, because two processes of the same service differ by several percent, for example in what is compiled.',
    'The round trips of the writers are not compared: the metrics of a writer change nothing before a handshake has arrived.',
    'CPU per write includes one scrape every 5 s.',
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

/** Takes a sample of both observers of a pair at the same time. */
function observerStep(context: Context, pair: readonly string[]): Step {
  const { perSecond, seconds, warmUpWrites, warmUpSeconds } = context.scale.metrics;
  const team = new Team(context);
  const sample = (subject: string, port: string) => {
    const observer = team.get(subject) as Child;
    return takeSample(
      context,
      identityOf(context, subject, observer),
      () =>
        withCpu(observer, async () => {
          const load = team.paced(subject, perSecond, seconds);
          await scrapeDuring(seconds, port);
          return load;
        }),
      ({ due, roundTrip, lateness, cpuMicros }) => ({
        latencies: { roundTrip, lateness },
        figures: {
          cpuMicrosPerWrite: cpuMicros && cpuMicros / (due.length + perSecond * context.scale.warmUpSeconds),
        },
      }),
    );
  };
  return {
    label: pair.join(' and '),
    seconds: startSeconds(pair, context, warmUpWrites) + warmUpSeconds + seconds + 0.9,
    run: async () => {
      const ports = await portsOf(pair);
      try {
        for (const [subject, port] of ports)
          await team.start([subject], { METRICS_PORT: port }, warmUpWrites);
        await Promise.all([...ports.values()].map(warmUpScrapes));
        if (warmUpSeconds > 0)
          await Promise.all(pair.map((subject) => team.paced(subject, perSecond, warmUpSeconds)));
        await Promise.all([...ports].map(([subject, port]) => sample(subject, port)));
      } finally {
        // An observer that is left over would answer for that of the next round, before that listens.
        await team.stop();
      }
    },
  };
}

/** Takes a sample of both writers at the same time. */
function writerStep(context: Context, pair: readonly string[]): Step {
  const { perSecond, seconds, warmUpSeconds } = context.scale.metrics;
  const writers = new Writers(context.target);
  const sample = (subject: string, port: string) => {
    const writer = writers.get(subject);
    return takeSample(
      context,
      identityOf(context, subject, writer),
      () =>
        withCpu(writer, async () => {
          const start = performance.now();
          await Promise.all([scrapeDuring(seconds, port), wait(seconds * 1000)]);
          return { writes: ((performance.now() - start) / 1000) * perSecond };
        }),
      ({ cpuMicros, writes }) => ({ figures: { cpuMicrosPerWrite: cpuMicros && cpuMicros / writes } }),
    );
  };
  return {
    label: pair.join(' and '),
    seconds: START_WRITERS_SECONDS + warmUpSeconds + seconds,
    run: async () => {
      const ports = await portsOf(pair);
      try {
        await writers.start(ports, perSecond);
        await Promise.all([...ports.values()].map(warmUpScrapes));
        await wait(warmUpSeconds * 1000);
        await Promise.all([...ports].map(([subject, port]) => sample(subject, port)));
      } finally {
        await writers.stop();
      }
    },
  };
}

function identityOf({ scale }: Context, subject: string, child: Child) {
  const setting = { writesPerSecond: scale.metrics.perSecond };
  return { experiment: 'metrics', subject, setting, observers: [child] };
}

async function warmUpScrapes(port: string): Promise<void> {
  for (let i = 0; i < WARM_UP_SCRAPES && port !== ''; i += 1) await scrape(port);
}

/** Scrapes the metrics as often as Prometheus does, if there is a port. */
async function scrapeDuring(seconds: number, port: string): Promise<void> {
  for (let left = seconds; port !== '' && left > 0; left -= SCRAPE_SECONDS) {
    await wait((Math.min(left, SCRAPE_SECONDS) * 1000) / 2);
    await scrape(port);
    await wait((Math.min(left, SCRAPE_SECONDS) * 1000) / 2);
  }
}

async function scrape(port: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  const text = await response.text();
  if (!response.ok) throw new Error(`the scrape failed with ${response.status}: ${text}`);
}
