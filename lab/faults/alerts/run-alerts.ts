/** Runs one fault, or none, next to a real Prometheus, and records the alerts. */
import { setTimeout as wait } from 'node:timers/promises';
import { breakAndHeal } from '../break-and-heal.ts';
import type { Fault } from '../faults/fault.ts';
import type { FaultResult } from '../results.ts';
import type { Scene, SceneOptions } from '../scene.ts';
import { until } from '../until.ts';
import { checkAlerts } from './check.ts';
import type { Monitoring } from './monitoring.ts';
import type { AlertRecord, Span } from './record.ts';

/** Longer than the offsets in the alerts (30 s), which therefore have data when the fault starts. Seconds. */
const WARM_UP = 45;
/** A fault lasts at least this long, so that an alert that it must not cause has the time to fire. Seconds. */
const FAULT = 60;
/** Limit for the expected alerts. The slowest ones need a range and a duration of up to 3 minutes. Seconds. */
const FIRE_DEADLINE = 240;
/** Limit after the heal. The longest range of an alert is 5 minutes. Seconds. */
const CLEAR_DEADLINE = 420;
/** After the heal, no alert may be active for this long: several scrapes and evaluations. Seconds. */
const QUIET = 20;
const SCRAPE_DEADLINE_MS = 60_000;
const POLL_MS = 1_000;

/** The part of a result that depends on the run. */
type Outcome = Required<Pick<FaultResult, 'alerts' | 'verdicts'>>;

/**
 * Injects a fault until its expected alerts fire, heals it, and waits until no alert is active.
 * @param seconds minimum duration of the fault. @throws Error if a step fails, and AbortError.
 */
export async function runWithAlerts(scene: Scene, fault: Fault, seconds = FAULT): Promise<Outcome> {
  const watch = await start(scene, fault);
  const { alerts: expected, possibleAlerts: possible = [] } = fault;
  const hold = async () => {
    const since = now();
    const fires = (spans: readonly Span[], name: string) =>
      spans.some(({ alert, state, from }) => alert === name && state === 'firing' && from >= since);
    const done = (spans: readonly Span[]) =>
      now() - since >= seconds && expected.every((name) => fires(spans, name));
    await watch.until(done, Math.max(FIRE_DEADLINE, seconds));
  };
  const window = await breakAndHeal(scene, fault, hold);
  const [injectedAt, healedAt] = [window.injectedAt / 1e6, window.healedAt / 1e6];
  const isQuiet = (spans: readonly Span[]) =>
    now() - Math.max(healedAt, ...spans.map(({ to }) => to)) > QUIET;
  await watch.until(isQuiet, CLEAR_DEADLINE);
  return checked({ expected, possible, injectedAt, healedAt, ...watch.end() });
}

/** Injects nothing. @throws Error if a step fails, and AbortError. */
export async function runUndisturbed(
  scene: Scene,
  what: Pick<Fault, 'name' | 'about'>,
  minutes: number,
): Promise<Outcome> {
  const watch = await start(scene, what);
  await watch.until(() => false, minutes * 60);
  return checked({ expected: [], possible: [], ...watch.end() });
}

function checked(alerts: AlertRecord): Outcome {
  return { alerts, verdicts: [checkAlerts(alerts)] };
}

/** Starts everything, and waits until Prometheus has data. */
async function start(scene: Scene, { name, about }: Pick<Fault, 'name' | 'about'>): Promise<Watch> {
  const { monitoring, options } = scene;
  const { timeline, signal } = options;
  if (!monitoring) throw new Error('the scene has no monitoring');
  timeline.say(`${name}: ${about}`);
  await scene.start();
  await monitoring.start(signal);
  if (!(await until(() => monitoring.scrapesAll(), SCRAPE_DEADLINE_MS, signal)))
    throw new Error('Prometheus cannot scrape all services and the monitor');
  timeline.say(`Prometheus scrapes all services and the monitor; waiting ${WARM_UP} s for data`);
  const watch = new Watch(options, monitoring);
  await watch.until(() => false, WARM_UP);
  timeline.say('steady');
  return watch;
}

/** Asks Prometheus for the alerts, and prints each change. */
class Watch {
  readonly #options: SceneOptions;
  readonly #monitoring: Monitoring;
  readonly #startedAt = now();
  /** Alerts that were printed. */
  readonly #printed = new Set<string>();
  #spans: Span[] = [];

  constructor(options: SceneOptions, monitoring: Monitoring) {
    this.#options = options;
    this.#monitoring = monitoring;
  }

  /** Waits until a condition about all spans holds, or until the deadline (seconds). */
  async until(done: (spans: readonly Span[]) => boolean, deadline: number): Promise<void> {
    for (const end = now() + deadline; now() < end; ) {
      await wait(POLL_MS, undefined, { signal: this.#options.signal });
      this.#spans = await this.#monitoring.spans(this.#startedAt, now());
      for (const span of this.#spans) this.#print(span);
      if (done(this.#spans)) return;
    }
  }

  /** Returns the alerts that fired so far. */
  end(): Pick<AlertRecord, 'startedAt' | 'endedAt' | 'spans'> {
    const spans = this.#spans.filter(({ state }) => state === 'firing');
    return { startedAt: this.#startedAt, endedAt: now(), spans };
  }

  #print({ alert, severity, state, labels, from }: Span): void {
    const text = `${alert} fires (${severity}) ${labels}`;
    if (state !== 'firing' || this.#printed.has(text + from)) return;
    this.#printed.add(text + from);
    this.#options.timeline.say(`  ${text}`);
  }
}

function now(): number {
  return Date.now() / 1000;
}
