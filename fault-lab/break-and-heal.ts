/** One fault from its injection to its healing, which comes whatever happens. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Fault, Target } from './faults/fault.ts';
import type { FaultWindow } from './history.ts';
import type { Scene } from './scene.ts';
import { until } from './until.ts';

/**
 * Breaks something for so many seconds.
 * @throws Error if it could not be broken or healed, and AbortError; it is healed before, as far as that goes.
 */
export async function breakAndHeal(scene: Scene, fault: Fault, seconds: number): Promise<FaultWindow> {
  const { timeline, signal } = scene.options;
  const target = fault.choose(scene);
  const targets = describe(scene, target);
  const injectedAt = Date.now() * 1000;
  let visibleAt = injectedAt;
  timeline.say(`injected ${fault.name}: ${targets.join(', ')}`);
  try {
    await fault.inject(scene, target);
    visibleAt = (Date.now() + (fault.silent ? scene.settings.NODE_TIMEOUT_MS : 0)) * 1000;
    await wait(seconds * 1000, undefined, { signal });
  } finally {
    await fault.heal(scene, target);
    timeline.say(`healed ${fault.name}`);
  }
  const parts = fault.parts?.(scene, target);
  return {
    fault: fault.name,
    targets,
    injectedAt,
    visibleAt,
    healedAt: Date.now() * 1000,
    reachableNodes: scene.usable.filter(
      (_, number) => fault.nodesReachable || !target.nodes.includes(number),
    ),
    ...(parts && { parts: parts.map((part) => addressesOf(scene, part)) }),
  };
}

/** Waits until the mesh is whole. @returns whether it was, before the deadline (milliseconds). */
export async function meshComplete(scene: Scene, deadlineMs: number): Promise<boolean> {
  const { timeline, signal } = scene.options;
  let whole: boolean | undefined;
  // On its own while we wait: it may be stuck on a node that does not answer.
  void scene.mesh.complete(deadlineMs).then(
    () => {
      whole = true;
    },
    () => {
      whole = false;
    },
  );
  await until(() => whole !== undefined, deadlineMs, signal);
  timeline.say(whole ? 'mesh complete' : `mesh not complete after ${deadlineMs / 1000} s`);
  return whole === true;
}

function describe(scene: Scene, { nodes, services }: Target): string[] {
  return [...addressesOf(scene, nodes), ...services];
}

function addressesOf({ network }: Scene, nodes: readonly number[]): string[] {
  return nodes.flatMap((number) => network.addresses[number] ?? []);
}
