/**
 * Runs one service, or the monitor, as a local process. Restarts it whenever it exits by itself, and prefixes its lines
 * with its name.
 */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';
import { SERVICE_FLAGS } from '../../common/services.ts';
import { killOnExit, OWN_GROUP } from '../../toolkit/own-group.ts';
import { root } from '../../toolkit/root.ts';
import { say, sayLines } from './console.ts';
import type { Program } from './ports.ts';

/** A service exits within two seconds of a signal. */
const STOP_DEADLINE_MS = 5_000;
/** Shortest and longest pause before a restart; it doubles in between. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Run time after which the next pause is the shortest one again. */
const HEALTHY_AFTER_MS = 60_000;

/** Talks to a process, from each of its starts on. @returns the receiver of its messages. */
export type Connect = (send: (message: object) => void) => (message: unknown) => void;

export class ServiceProcess {
  readonly #service: Program;
  readonly #env: Record<string, string>;
  readonly #connect: Connect | undefined;
  readonly #stopping = new AbortController();
  #process: ReturnType<typeof spawn> | undefined;
  /** Whether the process has logged its first line: it handles signals then. */
  #logged = false;
  /** Resolves after `stop`. Rejects if the service rejects its settings. */
  readonly ended: Promise<void>;

  /**
   * @param env settings; they override the environment and .env.
   * @param connect if given, the process gets an IPC channel.
   */
  constructor(service: Program, env: Record<string, string>, connect?: Connect) {
    this.#service = service;
    this.#env = env;
    this.#connect = connect;
    this.ended = this.#keepRunning();
  }

  /** Sends a signal. @returns `false` if the process is not running, or just starting. */
  signal(name: NodeJS.Signals): boolean {
    return this.#logged && (this.#process?.kill(name) ?? false);
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
    const started = spawn(this.#service, this.#env, this.#connect);
    this.#process = started;
    this.#logged = false;
    started.stdout.once('data', () => {
      this.#logged = true;
    });
    sayLines(this.#service, started.stdout);
    sayLines(this.#service, started.stderr);
    killOnExit(started);
    const { exitCode, signal } = await started;
    if (exitCode === 1 && !this.#logged) throw new Error(`${this.#service} ended with 1: see above`);
    return exitCode ?? signal ?? 'an unknown cause';
  }
}

function spawn(service: Program, env: Record<string, string>, connect?: Connect) {
  const args = [...SERVICE_FLAGS, join(root, 'dist', service, 'main.js')];
  const options = { cwd: root, env, ...OWN_GROUP, forceKillAfterDelay: STOP_DEADLINE_MS } as const;
  if (!connect) return execa(process.execPath, args, options);
  const started = execa(process.execPath, args, { ...options, ipc: true });
  const receive = connect((message) => {
    // After the end of the process, its restart connects again.
    if (started.connected) void started.sendMessage(message).catch(() => {});
  });
  started.on('message', receive);
  return started;
}
