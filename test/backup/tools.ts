/** Runs backup and restore as people do: as programs, with settings in the environment. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { execa } from 'execa';
import { root } from '../../local/root.ts';

/** Redis waits 5 s for more replicas before it sends a snapshot. */
export const QUICK_LINKS = { 'repl-diskless-sync-delay': '0' };

export interface Run {
  code: number | undefined;
  stdout: string;
  stderr: string;
}

/** Starts one of them without waiting for its end. Its environment has only the settings given here. */
export function startTool(
  tool: 'backup' | 'restore',
  args: readonly string[],
  env: Record<string, string> = {},
) {
  return execa(process.execPath, ['--enable-source-maps', join(root, 'dist/backup', `${tool}.js`), ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    extendEnv: false,
    cwd: '/',
    reject: false,
    stdin: 'ignore',
  });
}

export async function runTool(
  tool: 'backup' | 'restore',
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Run> {
  const { exitCode, stdout, stderr } = await startTool(tool, args, env);
  return { code: exitCode, stdout, stderr };
}

/** A folder for files of a test, gone after it. */
export async function temporaryFolder(t: Pick<TestContext, 'after'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'backup-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
