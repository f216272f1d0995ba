/** One service as a process of this machine, its lines behind its name. */
import { join } from 'node:path';
import { execa } from 'execa';
import type { Service } from '../common/settings.ts';
import { sayLines } from './console.ts';
import { root } from './root.ts';
import { SERVICE_FLAGS } from './service-flags.ts';

/** A service promises to be gone within two seconds of a signal. */
const STOP_DEADLINE_MS = 5_000;

export class ServiceProcess {
  readonly #process: ReturnType<typeof spawn>;
  /** How the process ended: its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;

  /** @param env settings; they win over those of the environment and of .env. */
  constructor(service: Service, env: Record<string, string>) {
    const started = spawn(service, env);
    this.#process = started;
    sayLines(service, started.stdout);
    sayLines(service, started.stderr);
    const killOnExit = () => started.kill('SIGKILL');
    process.once('exit', killOnExit);
    this.ended = started.then(({ exitCode, signal }) => {
      process.removeListener('exit', killOnExit);
      return exitCode ?? signal ?? 'an unknown cause';
    });
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGTERM');
    await this.ended;
  }
}

function spawn(service: Service, env: Record<string, string>) {
  return execa(process.execPath, [...SERVICE_FLAGS, join(root, 'dist', service, 'main.js')], {
    cwd: root,
    env,
    // A group of its own: Ctrl-C in the terminal is for us alone, who stop the services before the nodes.
    detached: true,
    cleanup: false,
    reject: false,
    stdin: 'ignore',
    buffer: false,
    forceKillAfterDelay: STOP_DEADLINE_MS,
  });
}
