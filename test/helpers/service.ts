/** Runs a service as a real process: starts it with settings, reads its log, and ends it with a signal. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { SERVICE_FLAGS, type Service } from '../../common/services.ts';
import { root } from '../../toolkit/root.ts';
import { endWithTests, type Scope } from './ending.ts';
import { type Event, Events } from './events.ts';

export class RunningService {
  readonly events: Events;
  readonly #process: ReturnType<typeof spawn>;
  #stderr = '';

  /**
   * @param env settings. The service receives nothing else of the environment, and no .env.
   * @param log list to which its log lines are added.
   */
  constructor(
    t: Scope,
    service: Service | 'monitor' | 'table',
    env: Record<string, string>,
    args: string[] = [],
    log: Event[] = [],
  ) {
    this.events = new Events(log);
    this.#process = endWithTests(spawn(service, env, args));
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.events.all.push(parse(line)));
    this.#process.stderr.on('data', (data) => {
      this.#stderr += String(data);
    });
    t.after(() => this.#process.kill('SIGKILL'));
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Lines that are not JSON, such as those of `--help`. */
  get text(): string {
    return this.events.all.map(({ text }) => text).join('\n');
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Returns the exit code, or the name of the signal that ended the process. */
  async exit(): Promise<number | string | undefined> {
    const { exitCode, signal } = await this.#process;
    return exitCode ?? signal;
  }

  /** Stops the service with SIGTERM, and expects exit code 0. */
  async stop(): Promise<void> {
    this.signal('SIGTERM');
    assert.equal(await this.exit(), 0, this.#stderr);
  }

  /** Returns the resident memory in bytes. */
  memory(): Promise<number> {
    return this.#bytes('VmRSS');
  }

  /** Returns the peak of the resident memory in bytes. */
  peakMemory(): Promise<number> {
    return this.#bytes('VmHWM');
  }

  async #bytes(field: string): Promise<number> {
    const status = await readFile(`/proc/${this.#process.pid}/status`, 'utf8');
    return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
  }
}

function spawn(service: string, env: Record<string, string>, args: string[]) {
  return execa(process.execPath, [...SERVICE_FLAGS, join(root, 'dist', service, 'main.js'), ...args], {
    // This folder contains no .env.
    cwd: join(root, 'dist'),
    env: { LOG_FORMAT: 'json', PATH: process.env.PATH ?? '', ...env },
    extendEnv: false,
    reject: false,
    buffer: false,
    stdin: 'ignore',
  });
}

function parse(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line);
  } catch {
    return { text: line };
  }
}
