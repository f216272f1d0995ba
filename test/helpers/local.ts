/** Runs the local system like a user in a terminal. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { execa } from 'execa';
import { freePorts, isFree } from '../../toolkit/ports.ts';
import { root } from '../../toolkit/root.ts';
import { endWithTests, interruptGroup } from './ending.ts';
import { eventually } from './eventually.ts';

/** Number of ports from the base port of `npm start` on: the nodes, their links, the monitor, and the services. */
export const PORTS_OF_START = 93;

/** The command may compile the sources first. */
const DEADLINE_MS = 60_000;

/** Starts `npm run <script>`, which compiles the sources first. */
export function npm(t: TestContext, script: string, ...args: string[]) {
  return inTerminal(t, ['npm', 'run', script, '--', ...args]);
}

/** Starts what `npm start` and `npm run cluster` run, without compiling again. */
export function startLocal(
  t: TestContext,
  entry: 'start' | 'cluster',
  args: string[],
  env: Record<string, string> = {},
) {
  return inTerminal(t, [process.execPath, join(root, `dist/operate/local/${entry}.js`), ...args], env);
}

/** Starts a command in its own process group, as a terminal does. */
function inTerminal(t: TestContext, [program = '', ...args]: string[], env: Record<string, string> = {}) {
  const started = endWithTests(
    execa(program, args, {
      cwd: root,
      env,
      detached: true,
      all: true,
      reject: false,
      buffer: false,
    }),
    true,
  );
  let output = '';
  started.all.on('data', (data) => {
    output += String(data);
  });
  t.after(async () => {
    interruptGroup(started);
    await started;
  });
  return {
    output: () => output,
    /** Waits until the output matches. */
    prints: (pattern: RegExp) => eventually(() => assert.match(output, pattern), DEADLINE_MS),
    ctrlC: () => interruptGroup(started),
    exitCode: async () => (await started).exitCode,
  };
}

/** Consecutive free ports for local nodes, whose data is removed after the test. */
export async function portsOfNodes(t: TestContext, engineName: string, count = 3): Promise<number[]> {
  const ports = await freePorts(count);
  t.after(() =>
    Promise.all(
      ports.map((port) =>
        rm(join(root, 'data', engineName, `node-${port}`), { recursive: true, force: true }),
      ),
    ),
  );
  return ports;
}

export async function nothingListens(ports: readonly number[]): Promise<void> {
  const free = await Promise.all(ports.map(isFree));
  assert.deepEqual(
    ports.filter((_, i) => !free[i]),
    [],
  );
}
