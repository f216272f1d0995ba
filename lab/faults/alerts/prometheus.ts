/** Runs a real Prometheus with the shipped configuration, rules, and alerts, on the addresses of a scene. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';
import type { Service } from '../../../common/services.ts';
import { killOnExit, OWN_GROUP } from '../../../toolkit/own-group.ts';
import { freePorts } from '../../../toolkit/ports.ts';
import { root } from '../../../toolkit/root.ts';
import { type Series, type Span, STEP_SECONDS, spansOf } from './record.ts';

/** METRICS_PORT of each process, `host:port`. */
export type Endpoints = Record<Service | 'monitor', string>;

const SHIPPED = join(root, 'monitor/prometheus');
const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 5_000;
const POLL_MS = 100;

/** Returns the version. @throws Error with the remedy if Prometheus is not installed. */
export async function prometheusVersion(): Promise<string> {
  const { failed, stdout, stderr } = await execa('prometheus', ['--version'], { reject: false });
  const version = /version (\S+)/.exec(`${stdout}${stderr}`)?.[1];
  if (failed || version === undefined)
    throw new Error(
      'there is no prometheus on PATH: install it (apt-get install prometheus, or https://prometheus.io/download), or run without --alerts',
    );
  return version;
}

export class Prometheus {
  readonly #folder: string;
  #process: ReturnType<typeof spawn> | undefined;
  /** Address of its page and its API, once it has started. */
  url = '';

  /** @param folder of its configuration, data, and log. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Starts and waits until it is ready. @throws Error with the end of its log if it ends, or is not ready in time. */
  async start(endpoints: Endpoints, signal: AbortSignal): Promise<void> {
    const config = await configure(this.#folder, endpoints);
    const [port] = await freePorts(1);
    signal.throwIfAborted();
    this.url = `http://127.0.0.1:${port}`;
    const started = spawn(config, join(this.#folder, 'data'), `127.0.0.1:${port}`, this.#logFile);
    this.#process = started;
    killOnExit(started);
    let running = true;
    void started.finally(() => {
      running = false;
    });
    for (const deadline = performance.now() + START_DEADLINE_MS; !(await this.#isReady()); ) {
      if (!running || performance.now() > deadline) throw await this.#failed('is not ready');
      await wait(POLL_MS, undefined, { signal });
    }
  }

  /** Returns all spans of pending and firing alerts between two times, in Unix seconds. */
  async spans(from: number, to: number): Promise<Span[]> {
    const query = new URLSearchParams({
      query: 'ALERTS',
      start: `${from}`,
      end: `${to}`,
      step: `${STEP_SECONDS}`,
    });
    return spansOf(await this.#query(`query_range?${query}`));
  }

  /** Returns the number of targets whose last scrape succeeded. */
  async targetsUp(): Promise<number> {
    const targets = await this.#query(`query?${new URLSearchParams({ query: 'up[1m]' })}`);
    return targets.filter(({ values }) => values.at(-1)?.[1] === '1').length;
  }

  async stop(): Promise<void> {
    this.#process?.kill('SIGTERM');
    await this.#process;
  }

  get #logFile(): string {
    return join(this.#folder, 'prometheus.log');
  }

  async #query(path: string): Promise<Series[]> {
    const response = await fetch(`${this.url}/api/v1/${path}`).catch(() => undefined);
    if (!response) throw await this.#failed('does not answer');
    if (!response.ok) throw new Error(`Prometheus rejects a query: ${await response.text()}`);
    return ((await response.json()) as { data: { result: Series[] } }).data.result;
  }

  async #isReady(): Promise<boolean> {
    return fetch(`${this.url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  async #failed(how: string): Promise<Error> {
    const log = await readFile(this.#logFile, 'utf8').catch(() => '');
    return new Error(`Prometheus ${how}; its log: ${log.trim().split('\n').slice(-3).join(' / ')}`);
  }
}

/** Writes the shipped configuration with the scene's addresses. @returns its path. */
async function configure(folder: string, endpoints: Endpoints): Promise<string> {
  await mkdir(folder, { recursive: true });
  // Their paths in the configuration are relative to it.
  for (const name of ['rules.yaml', 'alerts.yaml']) await copyFile(join(SHIPPED, name), join(folder, name));
  let text = await readFile(join(SHIPPED, 'local.yaml'), 'utf8');
  for (const [service, address] of Object.entries(endpoints)) {
    const target = new RegExp(`'[^']+'(?=\\], labels: \\{ service: ${service} \\})`);
    if (!target.test(text)) throw new Error(`${SHIPPED}/local.yaml has no target for ${service}`);
    text = text.replace(target, `'${address}'`);
  }
  const file = join(folder, 'prometheus.yaml');
  await writeFile(file, text);
  return file;
}

function spawn(config: string, data: string, address: string, logFile: string) {
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${data}`,
    `--web.listen-address=${address}`,
    '--log.level=warn',
  ];
  const log = { file: logFile, append: true };
  return execa('prometheus', args, {
    ...OWN_GROUP,
    stdout: log,
    stderr: log,
    forceKillAfterDelay: STOP_DEADLINE_MS,
  });
}
