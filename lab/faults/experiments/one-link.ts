/** Cuts one link of three, and checks whether the third node forwards writes around it. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Mesh } from '../../../operate/local/index.ts';
import { ask, cut, flowing, join } from './links.ts';
import { missingOn } from './missing.ts';

export interface OneLinkCut {
  written: number;
  /** Number of keys missing behind the cut link, after the third node has all keys and has finished forwarding. */
  missing: number;
  /** Number of keys still missing after the link was re-established. */
  missingAfterwards: number;
}

const POLL_MS = 20;
const DEADLINE_MS = 20_000;

/** Writes keys on the first node while it has no link to the second. All links are up before and after. */
export async function cutOneLink(mesh: Mesh, count: number): Promise<OneLinkCut> {
  const [one, other, between] = mesh.nodes;
  if (!one || !other || !between) throw new Error('three nodes are needed');
  await cut(one, other);
  const keys = Array.from({ length: count }, (_, i) => `one-link:${i}`);
  await ask(one, 'MSET', ...keys.flatMap((key) => [key, 'value']));
  await until(async () => (await missingOn(between, keys)).length === 0);
  // Replicated after all writes that the third node forwards.
  await ask(between, 'SET', 'one-link:mark', 'value');
  await until(async () => (await ask(other, 'EXISTS', 'one-link:mark')) === '1');
  const missing = (await missingOn(other, keys)).length;
  await join(one, other);
  await mesh.complete();
  await flowing(mesh);
  return { written: count, missing, missingAfterwards: (await missingOn(other, keys)).length };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('a write has not crossed a link that is up after 20 s');
    await wait(POLL_MS);
  }
}
