/** Runs one KeyDB (or Redis) node as a local process. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Redis } from 'ioredis';
import type { Engine } from '../../toolkit/engine.ts';
import { killOnExit } from '../../toolkit/own-group.ts';
import { root } from '../../toolkit/root.ts';
import type { NodeSecurity } from '../security/index.ts';

export interface NodeOptions extends NodePlace {
  engine: Engine;
  port: number;
  /** Folder of its snapshots and its log; created if missing. */
  folder: string;
  /** Ports of the nodes that it replicates from. */
  replicaOf: readonly number[];
  /** Additional settings, as on the command line without the dashes; they override the configuration file. */
  extra?: Readonly<Record<string, string>>;
  /** Uses normal scheduling instead of batch scheduling, for comparison. */
  plainScheduling?: boolean;
  /** Secrets for TLS and authentication. If omitted, the node uses plain text. */
  security?: NodeSecurity;
}

/** Place of a node that is not on this machine's loopback. */
export interface NodePlace {
  /** Host for clients. */
  host?: string;
  /** Addresses on which it listens. If omitted, only `host`. */
  bind?: readonly string[];
  /** Command prefix that runs the server, such as `ip netns exec <name>`. */
  prefix?: readonly string[];
  /** Returns the host of the node that listens on a port, as seen by this node. If omitted, the same host. */
  routeTo?(port: number): { host: string; port: number };
}

/** Settings of keydb.conf that Redis and Valkey reject. */
const KEYDB_ONLY = /^(active-replica|multi-master|loading-process-events-interval-(keys|bytes)) /;
const LOOPBACK = '127.0.0.1';
/** Timeout for the start of a node. It is long because a large snapshot takes time to load. */
const START_DEADLINE_MS = 60_000;
/** Pause between two attempts to connect to a node that is starting. */
const RETRY_MS = 50;
/** Timeout for the exit of a node, which saves a snapshot first. */
const STOP_DEADLINE_MS = 10_000;

export class NodeProcess {
  readonly options: NodeOptions;
  #process: ReturnType<typeof spawn> | undefined;

  constructor(options: NodeOptions) {
    this.options = options;
  }

  get host(): string {
    return this.options.host ?? LOOPBACK;
  }

  get address(): string {
    return `${this.host}:${this.options.port}`;
  }

  /** Addresses of the nodes that it replicates from, as seen by this node. */
  get peers(): { host: string; port: number }[] {
    const routeTo = this.options.routeTo ?? ((port) => ({ host: this.host, port }));
    return this.options.replicaOf.map((port) => routeTo(port));
  }

  /** Security of the node; `undefined` if it uses plain text without authentication. */
  get password(): string | undefined {
    return this.options.extra?.requirepass;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Returns the path of the node's log. */
  get logFile(): string {
    return join(this.options.folder, 'node.log');
  }

  /** Starts the node. @throws Error with the end of the node's log if it does not answer PING. */
  async start(): Promise<void> {
    const { folder, engine } = this.options;
    await mkdir(folder, { recursive: true });
    const [program = '', ...args] = [
      ...(this.options.plainScheduling ? [] : await batchScheduling()),
      ...(this.options.prefix ?? []),
      engine.path,
      await this.#configuration(),
      ...this.#arguments(),
    ];
    const started = spawn(program, args, this.logFile);
    this.#process = started;
    killOnExit(started);
    let running = true;
    void started.finally(() => {
      running = false;
    });
    // If the process has ended, another attempt to connect is pointless: the client stops, and its PING fails.
    const client = this.patientClient(() => (running ? RETRY_MS : null));
    try {
      await client.ping();
    } catch (error) {
      throw running ? this.#noAnswer(error as Error) : await this.#failedStart();
    } finally {
      client.disconnect();
    }
  }

  /** Sends a signal: SIGKILL, SIGSTOP, SIGCONT. */
  signal(name: NodeJS.Signals): void {
    this.#process?.kill(name);
  }

  /** Waits until the process has ended. */
  async exited(): Promise<void> {
    await this.#process;
  }

  /** Kills the node without a snapshot, as a crash would. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited();
  }

  /** Lets the node save and exit; kills it after a timeout. Sends SIGCONT first, because the node may be stopped. */
  async stop(): Promise<void> {
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    const forced = setTimeout(() => this.signal('SIGKILL'), STOP_DEADLINE_MS);
    await this.exited();
    clearTimeout(forced);
  }

  /**
   * Returns a client that retries to connect while the node starts. Its commands wait for the connection, with a limit.
   * @param retryStrategy the pause before the next attempt, in milliseconds, or `null` to give up.
   */
  patientClient(retryStrategy: () => number | null = () => RETRY_MS): Redis {
    const client = new Redis({
      host: this.host,
      port: this.options.port,
      retryStrategy,
      maxRetriesPerRequest: null,
      commandTimeout: START_DEADLINE_MS,
      disableClientInfo: true,
      ...(this.password !== undefined && { password: this.password }),
      ...this.options.security?.clientOptions(),
    });
    client.on('error', () => {});
    return client;
  }

  #arguments(): string[] {
    const { port, folder, bind = [this.host], extra = {}, security } = this.options;
    return [
      ...['--port', String(port), '--bind', ...bind, '--dir', folder],
      ...(security?.serverArguments(port) ?? []),
      ...this.peers.flatMap((peer) => ['--replicaof', peer.host, String(peer.port)]),
      ...Object.entries(extra).flatMap(([name, value]) => [
        `--${name}`,
        ...(value === '' ? [''] : value.split(' ')),
      ]),
    ];
  }

  async #configuration(): Promise<string> {
    const shared = join(root, 'keydb/keydb.conf');
    if (this.options.engine.multiMaster) return shared;
    const lines = (await readFile(shared, 'utf8')).split('\n').filter((line) => !KEYDB_ONLY.test(line));
    // By default, a replica's first synchronization waits 5 s for other replicas.
    lines.push('repl-diskless-sync-delay 0');
    const file = join(this.options.folder, 'node.conf');
    await writeFile(file, lines.join('\n'));
    return file;
  }

  #noAnswer({ message }: Error): Error {
    return new Error(`node ${this.address} does not answer (${message}); its log: ${this.logFile}`);
  }

  async #failedStart(): Promise<Error> {
    const words = (await readFile(this.logFile, 'utf8')).trim().split('\n').slice(-3).join(' / ');
    return new Error(`node ${this.address} ended at its start: ${words}`);
  }
}

function spawn(program: string, args: readonly string[], logFile: string) {
  return execa(program, args, {
    // Uses a separate process group so that Ctrl-C reaches only this process, which stops the nodes after the services.
    detached: true,
    cleanup: false,
    reject: false,
    stdin: 'ignore',
    stdout: { file: logFile, append: true },
    stderr: { file: logFile, append: true },
  });
}

/**
 * Returns the command prefix for batch scheduling, if it is available. Batch scheduling shortens KeyDB's tail latency on
 * few cores and needs no privilege.
 */
async function batchScheduling(): Promise<string[]> {
  const { failed } = await execa('chrt', ['-b', '0', 'true'], { reject: false });
  return failed ? [] : ['chrt', '-b', '0'];
}
