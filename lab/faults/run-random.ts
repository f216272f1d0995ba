/** Runs a random sequence of faults on one mesh with continuous writes, and checks it as a whole. */
import { setTimeout as wait } from 'node:timers/promises';
import { breakAndHeal, meshComplete } from './break-and-heal.ts';
import type { FaultWindow, History } from './history.ts';
import { recoveryLimit } from './limits.ts';
import type { Step } from './plan.ts';
import { AFTERWARDS_MS, endOf } from './run-fault.ts';
import type { Scene } from './scene.ts';

/** Short, because some faults should hit a mesh whose links are not all up. */
const COMPLETE_DEADLINE_MS = 4_000;
const LAST_COMPLETE_DEADLINE_MS = 40_000;
/** The next fault starts this long after the recovery limit, in milliseconds. */
const MARGIN_MS = 500;

/** Runs all steps and returns the record. @throws Error if a step fails, and AbortError. */
export async function runRandom(scene: Scene, steps: readonly Step[], about: string): Promise<History> {
  const { timeline, signal } = scene.options;
  await scene.start();
  timeline.say('steady');
  const windows: FaultWindow[] = [];
  const limitMs = recoveryLimit(scene) / 1000;
  for (const [i, { fault, seconds, dice }] of steps.entries()) {
    scene.dice = dice;
    timeline.say(`${i + 1} of ${steps.length}`);
    const window = await breakAndHeal(scene, fault, () => wait(seconds * 1000, undefined, { signal }));
    windows.push(window);
    await meshComplete(scene, COMPLETE_DEADLINE_MS);
    const restarted = window.targets.some((target) => !scene.network.addresses.includes(target));
    const sinceMs = Date.now() - (restarted ? window.healedAt : window.visibleAt) / 1000;
    await wait(Math.max(0, limitMs + MARGIN_MS - sinceMs), undefined, { signal });
  }
  await meshComplete(scene, LAST_COMPLETE_DEADLINE_MS);
  await wait(limitMs + AFTERWARDS_MS, undefined, { signal });
  return endOf(scene, { name: 'random', about }, windows);
}
