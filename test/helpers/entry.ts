/** Runs a tool of the project like a user: as a program. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { root } from '../../toolkit/root.ts';
import { endWithTests } from './ending.ts';

export interface Run {
  code: number | undefined;
  stdout: string;
  stderr: string;
}

/**
 * Starts an entry without waiting for its end. It receives only the given environment, and no .env.
 * @param entry a compiled file below dist, without `.js`.
 */
export function startEntry(entry: string, args: readonly string[], env: Record<string, string> = {}) {
  return endWithTests(
    execa(process.execPath, ['--enable-source-maps', join(root, 'dist', `${entry}.js`), ...args], {
      env: { PATH: process.env.PATH ?? '', TMPDIR: tmpdir(), ...env },
      extendEnv: false,
      cwd: join(root, 'dist'),
      reject: false,
      stdin: 'ignore',
    }),
  );
}

/** Runs an entry to its end. */
export async function runEntry(
  entry: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Run> {
  const { exitCode, stdout, stderr } = await startEntry(entry, args, env);
  return { code: exitCode, stdout, stderr };
}
