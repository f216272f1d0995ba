/**
 * Starts a temporary server that loads a snapshot, so that no RDB decoder is needed here. It runs while its keys are
 * copied, listens on 127.0.0.1, requires a generated password, and never writes the file.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';
import { type Engine, findEngine, PROGRAMS } from '../../toolkit/engine.ts';
import type { Address } from '../../toolkit/node/address.ts';
import { Connection } from '../../toolkit/node/connection.ts';
import { Interrupted, NodeError, UsageError } from '../../toolkit/node/errors.ts';
import { readInfo } from '../../toolkit/node/nodes.ts';
import { killOnExit } from '../../toolkit/own-group.ts';
import { freePorts } from '../../toolkit/ports.ts';

const HOST = '127.0.0.1';
const POLL_MS = 50;
const TIMEOUT_MS = 10_000;

export class TemporaryServer {
  readonly address: Address;
  readonly #folder: string;
  readonly #process: ReturnType<typeof spawn>;

  private constructor(address: Address, folder: string, started: ReturnType<typeof spawn>) {
    this.address = address;
    this.#folder = folder;
    this.#process = started;
    killOnExit(started);
  }

  /**
   * Starts the first server program on this machine that can load the file.
   * @param wanted the only program to try.
   * @throws UsageError with the reason for each program; Interrupted.
   */
  static async load(file: string, wanted: string | undefined, signal: AbortSignal): Promise<TemporaryServer> {
    const reasons: string[] = [];
    for (const program of wanted === undefined ? PROGRAMS : [wanted]) {
      const engine = await findEngine(program);
      if (!engine) continue;
      const server = await TemporaryServer.#start(engine, file);
      const reason = await server.#loaded(signal);
      if (reason === undefined && !signal.aborted) return server;
      await server.stop();
      if (signal.aborted) throw new Interrupted();
      reasons.push(`${engine.name}: ${reason}`);
    }
    if (reasons.length > 0) throw new UsageError(`${file} cannot be loaded here: ${reasons.join('; ')}`);
    throw new UsageError(
      `found no ${wanted ?? PROGRAMS.join(', ')} to read the snapshot: install the server and version that wrote it`,
    );
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#process;
    await rm(this.#folder, { recursive: true, force: true });
  }

  static async #start(engine: Engine, file: string): Promise<TemporaryServer> {
    // Readable by its owner only (mkdtemp): the folder contains the password and a link to the data.
    const folder = await mkdtemp(join(tmpdir(), 'restore-'));
    const [port = 0] = await freePorts(1);
    const password = randomBytes(24).toString('hex');
    await symlink(resolve(file), join(folder, 'dump.rdb'));
    const settings = {
      port,
      bind: HOST,
      dir: folder,
      requirepass: password,
      save: '""',
      appendonly: 'no',
      databases: 1024,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
    await writeFile(join(folder, 'server.conf'), lines.join(''), { mode: 0o600 });
    const name = `${HOST}:${port} (temporary)`;
    return new TemporaryServer({ host: HOST, port, name, password }, folder, spawn(engine, folder));
  }

  /** Waits until all data is loaded or the signal is aborted. @returns the reason if loading failed. */
  async #loaded(signal: AbortSignal): Promise<string | undefined> {
    let ended = false;
    void this.#process.then(() => {
      ended = true;
    });
    while (!signal.aborted) {
      if (ended) return this.#lastWords();
      if (await this.#isReady()) return undefined;
      await wait(POLL_MS);
    }
    return undefined;
  }

  async #isReady(): Promise<boolean> {
    try {
      const connection = await Connection.open(this.address, { timeoutMs: TIMEOUT_MS });
      try {
        return !(await readInfo(connection)).loading;
      } finally {
        connection.close();
      }
    } catch (error) {
      if (error instanceof NodeError) return false;
      throw error;
    }
  }

  /** Returns the log line about the format or, if there is none, the last line. */
  async #lastWords(): Promise<string> {
    const log = await readFile(join(this.#folder, 'log'), 'utf8');
    const lines = log.trim().split('\n');
    const line = lines.find((one) => /RDB|format/i.test(one) && / # /.test(one)) ?? lines.at(-1) ?? '';
    return line.replace(/^.*? # /, '');
  }
}

function spawn({ path }: Engine, folder: string) {
  const log = { file: join(folder, 'log') };
  return execa(path, [join(folder, 'server.conf')], {
    // Uses a separate process group, so that Ctrl-C in the terminal reaches only this process.
    detached: true,
    reject: false,
    stdin: 'ignore',
    stdout: log,
    stderr: log,
  });
}
