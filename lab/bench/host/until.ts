import { setTimeout as wait } from 'node:timers/promises';

const DEADLINE_MS = 30_000;
const POLL_MS = 50;

/** Waits until a condition is true. @param what names it in the error. @throws Error after 30 s. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = performance.now() + DEADLINE_MS; !(await condition()); await wait(POLL_MS)) {
    if (performance.now() > deadline) throw new Error(`waited ${DEADLINE_MS} ms for ${what}`);
  }
}
