/** Injects one fault and always heals it. */
import type { Fault, Target } from './faults/fault.ts';
import type { FaultWindow } from './history.ts';
import type { Scene } from './scene.ts';
import { until } from './until.ts';

/**
 * Injects a fault, waits, and heals the fault, even after an error.
 * @param hold waits until the fault is to be healed. @throws Error if injecting or healing fails, and AbortError.
 */
export async function breakAndHeal(
  scene: Scene,
  fault: Fault,
  hold: () => Promise<unknown>,
): Promise<FaultWindow> {
  const { timeline } = scene.options;
  const target = fault.choose(scene);
  const targets = describe(scene, target);
  const injectedAt = Date.now() * 1000;
  let visibleAt = injectedAt;
  timeline.say(`injected ${fault.name}: ${targets.join(', ')}`);
  try {
    await fault.inject(scene, target);
    visibleAt = (Date.now() + (fault.silent ? scene.settings.NODE_TIMEOUT_MS : 0)) * 1000;
    await hold();
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
    reachableNodes: scene.network.addresses.filter(
      (_, number) => fault.nodesReachable || !target.nodes.includes(number),
    ),
    ...(parts && { parts: parts.map((part) => addressesOf(scene, part)) }),
  };
}

/** Waits until all replication links are up. @returns whether they were, before the deadline (milliseconds). */
export async function meshComplete(scene: Scene, deadlineMs: number): Promise<boolean> {
  const { timeline, signal } = scene.options;
  let complete: boolean | undefined;
  // Not awaited, because it may block on a node that does not answer.
  void scene.mesh.complete(deadlineMs).then(
    () => {
      complete = true;
    },
    () => {
      complete = false;
    },
  );
  await until(() => complete !== undefined, deadlineMs, signal);
  timeline.say(complete ? 'mesh complete' : `mesh not complete after ${deadlineMs / 1000} s`);
  return complete === true;
}

function describe(scene: Scene, { nodes, services }: Target): string[] {
  return [...addressesOf(scene, nodes), ...services];
}

function addressesOf({ network }: Scene, nodes: readonly number[]): string[] {
  return nodes.flatMap((number) => network.addresses[number] ?? []);
}
