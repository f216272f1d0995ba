/** A Node process of the benchmark: started, asked to do tasks, measured, and gone when the benchmark is. */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { root } from '../../local/root.ts';
import type { Answer, Request } from './answer-parent.ts';
import { cpuMicrosOf, memoryBytesOf } from './proc.ts';

/** A service promises to be gone within two seconds of a signal; what hangs longer is killed. */
const STOP_DEADLINE_MS = 3_000;
/** A log line below the level `warn`. */
const ROUTINE_LINE = /^\[[^\]]+\] (TRACE|DEBUG|INFO): /;
/** Enough of what a process complained of to tell what was wrong. */
const MAX_COMPLAINTS = 20;

/** Every process under way, for the end of the benchmark, whichever way it comes. */
const running = new Set<Child>();
process.once('exit', () => {
  for (const child of running) child.kill();
});

/** Ends all that were started. */
export async function stopAllChildren(): Promise<void> {
  await Promise.all([...running].map((child) => child.stop()));
}

export class Child {
  readonly #process: ReturnType<typeof spawn>;
  readonly #pending = new Map<number, (answer: Answer) => void>();
  readonly #ended: Promise<void>;
  #lastId = 0;
  #stopping = false;
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
      if (!ROUTINE_LINE.test(line)) this.#complain(line);
    });
    started.stderr?.on('data', (data) => this.#complain(String(data)));
    this.#ended = started.then(({ exitCode, signal }) => {
      running.delete(this);
      if (!this.#stopping) this.#complain(`${entry} ended by itself: ${exitCode ?? signal}`);
      for (const id of this.#pending.keys()) this.#settle({ id, error: `${entry} has ended` });
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** CPU time used so far in microseconds; absent where the system does not tell. */
  cpuMicros(): Promise<number | undefined> {
    return cpuMicrosOf(this.pid);
  }

  /** Resident memory in bytes; absent where the system does not tell. */
  memoryBytes(): Promise<number | undefined> {
    return memoryBytesOf(this.pid);
  }

  /** Has the process do a task. @throws Error with the task's failure, or if the process has ended. */
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

  /** Without asking: for an end that leaves no time. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#process.kill('SIGTERM');
    await this.#ended;
  }

  #complain(text: string): void {
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
    // A folder without a .env, so that the settings are those given here.
    cwd: join(root, 'dist'),
    env,
    ipc: true,
    // A group of its own: Ctrl-C in the terminal is for the benchmark alone, which ends its processes in order.
    detached: true,
    cleanup: false,
    reject: false,
    stdin: 'ignore',
    buffer: false,
    forceKillAfterDelay: STOP_DEADLINE_MS,
  });
}
