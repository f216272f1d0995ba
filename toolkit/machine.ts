/** Describes the machine of a run, because figures of different machines are not comparable. */
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { execa } from 'execa';
import { findEngine, PROGRAMS } from './engine.ts';
import { root } from './root.ts';

export interface Machine {
  processor: string;
  cores: number;
  memoryGb: number;
  system: string;
  node: string;
  /** The engines on this machine, with their versions. */
  engines: string[];
  /** Commit of this project, followed by `+` if there were uncommitted changes. */
  commit: string;
  /** Average load of the minute before the run. */
  loadBefore: number;
  /** Whether the benchmark's own nodes run under batch scheduling. */
  batchScheduling: boolean;
}

export async function describeMachine(): Promise<Machine> {
  const engines = await Promise.all(PROGRAMS.map(versionOf));
  const { failed } = await execa('chrt', ['-b', '0', 'true'], { reject: false });
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    engines: engines.flatMap((engine) => engine ?? []),
    commit: await commit(),
    loadBefore: loadavg()[0] ?? 0,
    batchScheduling: !failed,
  };
}

/** Formats the machine as one line for people. */
export function machineLine(machine: Machine): string {
  const { processor, cores, memoryGb, system, node, engines, loadBefore, batchScheduling } = machine;
  return [
    `${processor}, ${cores} cores, ${memoryGb} GB`,
    system,
    `Node ${node}`,
    ...engines,
    batchScheduling ? 'nodes under chrt -b 0' : 'nodes under normal scheduling',
    `load before ${loadBefore.toFixed(2)}`,
  ].join(' · ');
}

async function versionOf(program: string): Promise<string | undefined> {
  const engine = await findEngine(program);
  if (!engine) return undefined;
  const { stdout } = await execa(engine.path, ['--version'], { reject: false });
  return `${program} ${/v=(\S+)/.exec(stdout)?.[1] ?? '(unknown version)'}`;
}

async function commit(): Promise<string> {
  const { stdout = '', failed } = await execa('git', ['describe', '--always', '--dirty=+'], {
    cwd: root,
    reject: false,
  });
  return failed ? 'unknown' : stdout;
}
