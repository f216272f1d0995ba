/**
 * Runs one service, or the monitor, as a local process. Restarts it whenever it exits by itself, and prefixes its lines
 * with its name.
 */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';
import { SERVICE_FLAGS } from '../../common/services.ts';
import { OWN_GROUP } from '../../toolkit/own-group.ts';
import { root } from '../../toolkit/root.ts';
import { say, sayLines } from './console.ts';
import type { Program } from './metrics-ports.ts';

/** A service exits within two seconds of a signal. */
const STOP_DEADLINE_MS = 5_000;
/** Shortest and longest pause before a restart; it doubles in between. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Run time after which the next pause is the shortest one again. */
const HEALTHY_AFTER_MS = 60_000;

export class ServiceProcess {
  readonly #service: Program;
  readonly #env: Record<string, string>;
  readonly #stopping = new AbortController();
  #process: ReturnType<typeof spawn> | undefined;
  /** Resolves after `stop`. Rejects if the service rejects its settings. */
  readonly ended: Promise<void>;

  /** @param env settings; they override the environment and .env. */
  constructor(service: Program, env: Record<string, string>) {
    this.#service = service;
    this.#env = env;
    this.ended = this.#keepRunning();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#process?.kill('SIGTERM');
    await this.ended.catch(() => {});
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#stopping;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const startedAt = performance.now();
      const how = await this.#runOnce();
      if (signal.aborted) return;
      if (performance.now() - startedAt > HEALTHY_AFTER_MS) pauseMs = FIRST_PAUSE_MS;
      say(this.#service, `${this.#service} ended with ${how}: restarting it in ${pauseMs / 1000} s`);
      await wait(pauseMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
    }
  }

  /**
   * Runs the process to its end. @returns its exit code, or the signal that ended it.
   * @throws Error if it exits with 1 before its first log line, which means wrong settings.
   */
  async #runOnce(): Promise<number | string> {
    const started = spawn(this.#service, this.#env);
    this.#process = started;
    let logged = false;
    started.stdout.once('data', () => {
      logged = true;
    });
    sayLines(this.#service, started.stdout);
    sayLines(this.#service, started.stderr);
    const killOnExit = () => started.kill('SIGKILL');
    process.once('exit', killOnExit);
    const { exitCode, signal } = await started;
    process.removeListener('exit', killOnExit);
    if (exitCode === 1 && !logged) throw new Error(`${this.#service} ended with 1: see above`);
    return exitCode ?? signal ?? 'an unknown cause';
  }
}

function spawn(service: Program, env: Record<string, string>) {
  return execa(process.execPath, [...SERVICE_FLAGS, join(root, 'dist', service, 'main.js')], {
    cwd: root,
    env,
    ...OWN_GROUP,
    forceKillAfterDelay: STOP_DEADLINE_MS,
  });
}
