/** Finds the server program for the local nodes, and installs one if there is none. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';

/** Engines in order of preference. Only KeyDB can form a mesh; the others replicate in one direction. */
export const PROGRAMS = ['keydb-server', 'valkey-server', 'redis-server'] as const;

export interface Engine {
  /** Name of the program. */
  name: string;
  path: string;
  /** Whether every node can replicate from every other. */
  multiMaster: boolean;
}

/** Package managers that offer Redis or a fork of it, with the command that installs it without a prompt. */
const INSTALLERS = [
  {
    manager: 'apt-get',
    commands: [
      ['apt-get', 'update', '-qq'],
      ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'redis-server'],
    ],
  },
  { manager: 'dnf', commands: [['dnf', 'install', '-y', '-q', 'redis']] },
  { manager: 'apk', commands: [['apk', 'add', '-q', 'redis']] },
  { manager: 'pacman', commands: [['pacman', '-Sy', '--noconfirm', 'valkey']] },
  { manager: 'brew', commands: [['brew', 'install', '-q', 'redis']] },
];

/** Returns the named engine, or the preferred one on PATH; `undefined` if there is none. */
export async function findEngine(wanted?: string): Promise<Engine | undefined> {
  for (const name of wanted === undefined ? PROGRAMS : [wanted]) {
    const path = await onPath(name);
    if (path !== undefined) return { name, path, multiMaster: name.startsWith('keydb') };
  }
  return undefined;
}

/**
 * Returns the engine to use, and installs it from the distribution's packages if necessary.
 * @param say receives a message about each installation.
 * @throws Error that names the package to install by hand.
 */
export async function provideEngine(
  wanted: string | undefined,
  say: (line: string) => void,
): Promise<Engine> {
  const found = await findEngine(wanted);
  if (found) return found;
  const remedy =
    'install KeyDB (docs.keydb.dev), Valkey, or Redis and run the command again, or use docker compose up';
  if (wanted !== undefined) throw new Error(`there is no ${wanted} on this machine: ${remedy}`);
  for (const { manager, commands } of INSTALLERS) {
    if ((await onPath(manager)) === undefined) continue;
    say(`found no keydb-server, valkey-server, or redis-server: installing one with ${manager}…`);
    await install(manager, commands, remedy);
    const installed = await findEngine();
    if (installed) return installed;
  }
  throw new Error(
    `there is no KeyDB, Valkey, or Redis server on this machine, and no known package manager: ${remedy}`,
  );
}

async function install(manager: string, commands: string[][], remedy: string): Promise<void> {
  // Homebrew rejects root, and the others need it.
  const sudo = manager !== 'brew' && process.getuid?.() !== 0 ? ['sudo', '-n'] : [];
  for (const command of commands) {
    const [program = '', ...args] = [...sudo, ...command];
    const { failed, stderr } = await execa(program, args, {
      reject: false,
      stdin: 'ignore',
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (failed) {
      const reason = stderr.trim().split('\n').at(-1) ?? '';
      throw new Error(`${manager} could not install a server (${reason}): ${remedy}`);
    }
  }
}

async function onPath(program: string): Promise<string | undefined> {
  // Packages install servers in folders that are often missing from a user's PATH.
  for (const folder of [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/local/sbin',
    '/usr/sbin',
    '/sbin',
  ]) {
    const path = join(folder, program);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}
