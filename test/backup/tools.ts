/** Runs backup and restore like a user: as programs, with settings in the environment. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Run, runEntry, startEntry } from '../helpers/entry.ts';

/** Redis waits 5 s for more replicas before it sends a snapshot. */
export const QUICK_LINKS = { 'repl-diskless-sync-delay': '0' };

/** Starts one of the tools without waiting for its end. */
export function startTool(
  tool: 'backup' | 'restore',
  args: readonly string[],
  env: Record<string, string> = {},
) {
  return startEntry(`operate/backup/${tool}`, args, env);
}

export function runTool(
  tool: 'backup' | 'restore',
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Run> {
  return runEntry(`operate/backup/${tool}`, args, env);
}

/** Creates a folder for the files of a test, and removes it afterwards. */
export async function temporaryFolder(t: Pick<TestContext, 'after'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'backup-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
