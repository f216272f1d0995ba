/** A real service as a process of the lab: its log read line by line, ended in whichever way a fault wants. */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import type { Service } from '../../common/settings.ts';
import { root } from '../../local/root.ts';
import { SERVICE_FLAGS } from '../../local/service-flags.ts';

/** A service promises to be gone within two seconds of a signal. */
const STOP_DEADLINE_MS = 5_000;

export interface LabServiceOptions {
  service: Service;
  env: Record<string, string>;
  /** What runs it, such as `ip netns exec <name>`. */
  prefix: readonly string[];
  /** A module that Node loads first. */
  preload?: string;
  /** Told of each line of its output. */
  onLine(line: string): void;
  /** Told how it ended, if nobody asked it to: its exit code or signal. */
  onExit(how: number | string): void;
}

export class LabService {
  readonly #process: ReturnType<typeof spawn>;
  readonly #ended: Promise<number | string>;
  #expected = false;

  constructor(options: LabServiceOptions) {
    const started = spawn(options);
    this.#process = started;
    for (const stream of [started.stdout, started.stderr]) {
      createInterface({ input: stream }).on('line', options.onLine);
    }
    const killOnExit = () => started.kill('SIGKILL');
    process.once('exit', killOnExit);
    this.#ended = started.then(({ exitCode, signal }) => {
      process.removeListener('exit', killOnExit);
      const how = exitCode ?? signal ?? 'an unknown cause';
      if (!this.#expected) options.onExit(how);
      return how;
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  async kill(): Promise<void> {
    this.#expected = true;
    this.signal('SIGKILL');
    await this.#ended;
  }

  /** Ends it as a person would. @returns its exit code, or the signal that it took. */
  async stop(): Promise<number | string> {
    this.#expected = true;
    this.#process.kill('SIGTERM');
    return this.#ended;
  }
}

function spawn({ service, env, prefix, preload }: LabServiceOptions) {
  const [program = '', ...args] = [
    ...prefix,
    process.execPath,
    ...(preload === undefined ? [] : ['--import', preload]),
    ...SERVICE_FLAGS,
    join(root, 'dist', service, 'main.js'),
  ];
  return execa(program, args, {
    // A folder without a .env, so that the settings are those given here.
    cwd: join(root, 'dist'),
    env,
    // A group of its own: Ctrl-C in the terminal is for the lab alone, which heals before it stops anything.
    detached: true,
    cleanup: false,
    reject: false,
    stdin: 'ignore',
    buffer: false,
    forceKillAfterDelay: STOP_DEADLINE_MS,
  });
}
