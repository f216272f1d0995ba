/** Starts, tasks, measures, and ends a Node process of the benchmark. */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { OWN_GROUP } from '../../../toolkit/own-group.ts';
import { cpuMicrosOf, memoryBytesOf } from '../../../toolkit/proc.ts';
import { root } from '../../../toolkit/root.ts';
import type { Answer, Request } from './answer-parent.ts';

/** Timeout before a process is killed. A service ends within two seconds of a signal. */
const STOP_DEADLINE_MS = 3_000;
/** Matches a log line below the level `warn`. */
const ROUTINE_LINE = /^\[[^\]]+\] (TRACE|DEBUG|INFO): /;
/** Number of kept lines: enough to identify the error. */
const MAX_COMPLAINTS = 20;

/** Every running process, so that the benchmark can end all of them on any exit. */
const running = new Set<Child>();
process.once('exit', () => {
  for (const child of running) child.kill();
});

/** Ends all started processes. */
export async function stopAllChildren(): Promise<void> {
  await Promise.all([...running].map((child) => child.stop()));
}

export class Child {
  readonly #process: ReturnType<typeof spawn>;
  readonly #pending = new Map<number, (answer: Answer) => void>();
  readonly #ended: Promise<void>;
  #lastId = 0;
  #stopping = false;
  /** Called with each line of the standard output. */
  onLine: (line: string) => void = () => {};
  /** Lines that the process wrote, except log lines below the level `warn`. */
  readonly complaints: string[] = [];

  /**
   * @param entry a compiled file below dist, without `.js`.
   * @param flags for Node.
   */
  constructor(
    entry: string,
    args: readonly string[] = [],
    env: Record<string, string> = {},
    flags: readonly string[] = [],
  ) {
    this.#process = spawn(entry, args, env, flags);
    const started = this.#process;
    running.add(this);
    started.on('message', (answer) => this.#settle(answer as unknown as Answer));
    createInterface({ input: started.stdout }).on('line', (line) => {
      if (!ROUTINE_LINE.test(line)) this.#addComplaints(line);
      this.onLine(line);
    });
    started.stderr?.on('data', (data) => this.#addComplaints(String(data)));
    this.#ended = started.then(({ exitCode, signal }) => {
      running.delete(this);
      if (!this.#stopping) this.#addComplaints(`${entry} ended unexpectedly: ${exitCode ?? signal}`);
      for (const id of this.#pending.keys()) this.#settle({ id, error: `${entry} has ended` });
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Returns the CPU time so far, in microseconds; `undefined` if the system does not report it. */
  cpuMicros(): Promise<number | undefined> {
    return cpuMicrosOf(this.pid);
  }

  /** Returns resident memory in bytes; `undefined` if the system does not report it. */
  memoryBytes(): Promise<number | undefined> {
    return memoryBytesOf(this.pid);
  }

  /** Runs a task in the process. @throws Error if the task fails or the process has ended. */
  ask<Result>(task: string, argument: unknown = undefined): Promise<Result> {
    this.#lastId += 1;
    const request: Request = { id: this.#lastId, task, argument };
    return new Promise((resolve, reject) => {
      this.#pending.set(request.id, ({ result, error }) =>
        error === undefined ? resolve(result as Result) : reject(new Error(error)),
      );
      this.#process.send?.(request as never, (failure: Error | null) => {
        if (failure) this.#settle({ id: request.id, error: failure.message });
      });
    });
  }

  /** Kills the process at once, for an exit that leaves no time. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#process.kill('SIGTERM');
    await this.#ended;
  }

  #addComplaints(text: string): void {
    for (const line of text.trim().split('\n')) {
      if (line !== '' && this.complaints.length < MAX_COMPLAINTS) this.complaints.push(line);
    }
  }

  #settle(answer: Answer): void {
    const settle = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    settle?.(answer);
  }
}

function spawn(
  entry: string,
  args: readonly string[],
  env: Record<string, string>,
  flags: readonly string[],
) {
  return execa(process.execPath, [...flags, join(root, 'dist', `${entry}.js`), ...args], {
    // Uses a folder without .env, so that only the settings given here apply.
    cwd: join(root, 'dist'),
    env,
    ipc: true,
    ...OWN_GROUP,
    forceKillAfterDelay: STOP_DEADLINE_MS,
  });
}
