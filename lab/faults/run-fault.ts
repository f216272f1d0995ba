/** Runs one fault on a new mesh with new services. */
import { setTimeout as wait } from 'node:timers/promises';
import { OBSERVERS } from '../../common/services.ts';
import { breakAndHeal, meshComplete } from './break-and-heal.ts';
import type { Fault } from './faults/fault.ts';
import type { FaultWindow, History } from './history.ts';
import { recoveryLimit } from './limits.ts';
import { comeToRest, type Rest } from './quiet.ts';
import type { Scene } from './scene.ts';

/** After healing, the record continues for the recovery limit and this long, in milliseconds. */
export const AFTERWARDS_MS = 1_000;
const COMPLETE_DEADLINE_MS = 40_000;

/** Runs one fault and returns the record. @throws Error if a step fails, and AbortError. */
export async function runFault(scene: Scene, fault: Fault, seconds: number): Promise<History> {
  const { timeline, signal } = scene.options;
  timeline.say(`${fault.name}: ${fault.about}`);
  await scene.start();
  timeline.say('steady');
  const window = await breakAndHeal(scene, fault, () => wait(seconds * 1000, undefined, { signal }));
  await meshComplete(scene, COMPLETE_DEADLINE_MS);
  await wait(recoveryLimit(scene) / 1000 + AFTERWARDS_MS, undefined, { signal });
  return endOf(scene, fault, [window]);
}

/** Waits until replication is idle, and stops the services. @returns the record. */
export async function endOf(
  scene: Scene,
  what: Pick<Fault, 'name' | 'about'>,
  windows: FaultWindow[],
): Promise<History> {
  const rest = await comeToRest(scene);
  // Taken before the services stop: the record must not contain regular stops, only failed ones.
  const history = historyOf(scene, what, windows, rest);
  await scene.team.stop();
  const after = scene.recorder.incidents.slice(history.incidents.length);
  history.incidents.push(...after.filter(({ kind }) => kind === 'exited'));
  return history;
}

function historyOf(
  scene: Scene,
  { name, about }: Pick<Fault, 'name' | 'about'>,
  windows: FaultWindow[],
  rest: Rest,
): History {
  const { engine, network } = scene.options;
  const { writes, observations, handshakes, incidents } = scene.recorder;
  return {
    fault: name,
    about,
    engine: engine.name,
    network: network.kind,
    settings: scene.settings,
    observers: [...OBSERVERS],
    nodes: [...network.addresses],
    writeNodes: [...scene.writeNodes],
    startedAt: scene.startedAt,
    endedAt: Date.now() * 1000,
    windows,
    writes: [...writes],
    observations: [...observations],
    handshakes: [...handshakes],
    incidents: [...incidents],
    ...rest,
    ...scene.restart,
  };
}
