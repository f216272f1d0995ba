/** Runs a real service as a child process of the lab, and reads its log line by line. */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { SERVICE_FLAGS, type Service } from '../../../common/services.ts';
import { killOnExit, OWN_GROUP } from '../../../toolkit/own-group.ts';
import { root } from '../../../toolkit/root.ts';

/** Generous limit: a service ends within two seconds of a signal. */
const STOP_DEADLINE_MS = 5_000;

export interface LabServiceOptions {
  service: Service | 'monitor';
  env: Record<string, string>;
  /** Command prefix, such as `ip netns exec <name>`. */
  prefix: readonly string[];
  /** Module that Node.js loads first. */
  preload?: string;
  /** Receives each line of output. */
  onLine(line: string): void;
  /** Receives the exit code or signal, if the lab did not end the service. */
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
    killOnExit(started);
    this.#ended = started.then(({ exitCode, signal }) => {
      const how = exitCode ?? signal ?? 'an unknown cause';
      if (!this.#expected) options.onExit(how);
      return how;
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  async kill(): Promise<void> {
    this.#expected = true;
    this.signal('SIGKILL');
    await this.#ended;
  }

  /** Ends the service with SIGTERM. @returns its exit code, or the signal that ended it. */
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
    // A folder without a .env file, which would change the settings.
    cwd: join(root, 'dist'),
    env,
    ...OWN_GROUP,
    forceKillAfterDelay: STOP_DEADLINE_MS,
  });
}
