/** Runs the Compose files with a unique project name, ports, and addresses. */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import type { TestContext } from 'node:test';
import { execa } from 'execa';
import { Redis, type RedisOptions } from 'ioredis';
import type { Service } from '../../common/services.ts';
import { freePorts, isFree } from '../../toolkit/ports.ts';
import { root } from '../../toolkit/root.ts';
import type { Container } from './container.ts';

export const NODES = ['keydb_01', 'keydb_02', 'keydb_03'] as const;
export type NodeName = (typeof NODES)[number];
export type ContainerName = NodeName | Service | 'monitor' | 'table';

export type Access = Pick<RedisOptions, 'tls' | 'username' | 'password'>;

interface Kind {
  /** Compose files of the stack. */
  files: readonly string[];
  /** Returns the credentials of the tests' clients, for each connection. */
  access: () => Access;
}

/** `down` ignores the containers of other profiles: github.com/docker/compose/issues/11793. */
const ALL_PROFILES = { COMPOSE_PROFILES: 'monitoring,table' };
const DOWN = ['down', '--volumes', '--remove-orphans', '--rmi', 'local'];

/** Variables for docker itself, and the images to use. The containers receive nothing else of this environment. */
const PASSED_ON = /^(PATH|HOME|DOCKER_.*|KEYDB_IMAGE)$/;

/** Value for a test's `skip` option: the reason why no container can run here, or `false`. */
export async function needsDocker(): Promise<string | false> {
  for (const args of [['info'], ['compose', 'version']]) {
    const { failed, stderr, originalMessage } = await execa('docker', args, { reject: false });
    if (failed) {
      const reason = stderr.trim().split('\n').at(-1) || originalMessage;
      return `needs a Docker engine and Compose: docker ${args.join(' ')} says "${reason}"`;
    }
  }
  return false;
}

/** Value for a test's `skip` option: the reason why Docker cannot run the image of a service, or `false`. */
export async function needsImage(service: string): Promise<string | false> {
  const compose = ['compose', '--env-file', '/dev/null', '--profile', 'monitoring'];
  const options = { cwd: root, reject: false };
  const { stdout: image } = await execa('docker', [...compose, 'config', '--images', service], options);
  if (!(await execa('docker', ['image', 'inspect', image], options)).failed) return false;
  const { failed } = await execa('docker', ['pull', image], options);
  return failed && `needs the image ${image}, which cannot be pulled here`;
}

export class Stack {
  readonly project = `mesh-test-${process.pid}`;
  readonly #kind: Kind;
  readonly #env: Record<string, string>;

  private constructor(kind: Kind, env: Record<string, string>) {
    const inherited = Object.entries(process.env).filter(([name]) => PASSED_ON.test(name));
    this.#kind = kind;
    this.#env = { ...(Object.fromEntries(inherited) as Record<string, string>), ...env };
  }

  /** @param settings environment variables for `docker compose`. */
  static async prepare(
    settings: Record<string, string>,
    kind: Kind = { files: ['docker-compose.yaml'], access: () => ({}) },
  ): Promise<Stack> {
    return new Stack(kind, {
      PORT_PREFIX: await freePortPrefix(),
      PROMETHEUS_PORT: String((await freePorts(1))[0]),
      PAGE_PORT: String((await freePorts(1))[0]),
      GATEWAY_PORT: String((await freePorts(1))[0]),
      SUBNET_PREFIX: `10.${randomInt(214, 254)}.${randomInt(256)}`,
      ...settings,
    });
  }

  /** Returns the same stack with other settings for its commands. */
  with(settings: Record<string, string>): Stack {
    return new Stack(this.#kind, { ...this.#env, ...settings });
  }

  /** Starts the stack like a user. Removes it after the test, also after an error or Ctrl-C. */
  async up(t: Pick<TestContext, 'after'>): Promise<void> {
    const downAtOnce = () => this.#downAtOnce();
    process.once('exit', downAtOnce);
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
    t.after(async () => {
      await this.down();
      process.removeListener('exit', downAtOnce);
    });
    await this.compose('up', '--build', '--wait', '--detach');
  }

  /** Removes the stack with its data and images. */
  async down(): Promise<void> {
    await this.with(ALL_PROFILES).compose(...DOWN);
  }

  /** Runs docker compose. @returns its standard output. @throws Error with its output if it fails. */
  async compose(...args: string[]): Promise<string> {
    return this.docker(...this.#composeArgs(args));
  }

  /** Runs a command in a container. @returns its output. @throws Error with its output if it fails. */
  async exec(name: ContainerName, ...command: string[]): Promise<string> {
    return this.with(ALL_PROFILES).compose('exec', '-T', name, ...command);
  }

  async logs(name: string): Promise<string> {
    return this.with(ALL_PROFILES).compose('logs', '--no-color', '--no-log-prefix', name);
  }

  async inspect(name: string): Promise<Container> {
    const [container] = JSON.parse(await this.docker('inspect', await this.id(name))) as Container[];
    if (container === undefined) throw new Error(`there is no container of ${name}`);
    return container;
  }

  /** Isolates a node from the other nodes, but not from its clients. */
  async cutOff(node: NodeName): Promise<void> {
    await this.docker('network', 'disconnect', `${this.project}_peers`, await this.id(node));
  }

  async joinAgain(node: NodeName): Promise<void> {
    const address = `${this.#env.SUBNET_PREFIX}.${11 + NODES.indexOf(node)}`;
    await this.docker('network', 'connect', '--ip', address, `${this.project}_peers`, await this.id(node));
  }

  /** Returns the project's leftovers: containers, volumes, networks, and images. */
  async remains(): Promise<string> {
    const filter = `label=com.docker.compose.project=${this.project}`;
    const lists = [
      ['ps', '--all'],
      ['volume', 'ls'],
      ['network', 'ls'],
      ['image', 'ls'],
    ];
    return (await Promise.all(lists.map((list) => this.docker(...list, '--quiet', '--filter', filter)))).join(
      '',
    );
  }

  /** Credentials of the tests' clients. */
  get access(): Access {
    return this.#kind.access();
  }

  /** Returns a client for a node's published port. It reconnects after a restart; until then, commands fail. */
  connect(name: NodeName, access = this.access): Redis {
    const client = new Redis({
      host: '127.0.0.1',
      port: this.port(name),
      ...access,
      disableClientInfo: true,
      maxRetriesPerRequest: 0,
      retryStrategy: () => 100,
    });
    client.on('error', () => {});
    return client;
  }

  get prometheusPort(): number {
    return Number(this.#env.PROMETHEUS_PORT);
  }

  get gatewayPort(): number {
    return Number(this.#env.GATEWAY_PORT);
  }

  get pagePort(): number {
    return Number(this.#env.PAGE_PORT);
  }

  /** Returns the published port of a node. */
  port(name: NodeName): number {
    return Number(`${this.#env.PORT_PREFIX}${NODES.indexOf(name) + 1}`);
  }

  async id(name: string): Promise<string> {
    return this.with(ALL_PROFILES).compose('ps', '--all', '--quiet', name);
  }

  /** Runs docker. @returns its standard output. @throws Error with its output if it fails. */
  async docker(...args: string[]): Promise<string> {
    return (await execa('docker', args, this.#options)).stdout;
  }

  /** Removes the stack while the process exits, so it cannot await. A separate process group ignores another Ctrl-C. */
  #downAtOnce(): void {
    const options = { ...this.with(ALL_PROFILES).#options, stdio: 'ignore', detached: true } as const;
    spawnSync('docker', this.#composeArgs(DOWN), options);
  }

  /** Returns a docker compose command for a shell in the project's folder, and its environment. */
  inShell(...args: string[]): { command: string; env: Record<string, string> } {
    return { command: ['docker', ...this.#composeArgs(args)].join(' '), env: this.#env };
  }

  get #options() {
    return { cwd: root, env: this.#env, extendEnv: false };
  }

  /** Ignores the project's .env, because the tests define all settings. */
  #composeArgs(args: readonly string[]): string[] {
    const files = this.#kind.files.flatMap((file) => ['--file', file]);
    const options = ['--env-file', '/dev/null', '--project-name', this.project, '--ansi', 'never'];
    return ['compose', ...files, ...options, ...args];
  }
}

/** Returns a prefix: appending 1, 2, and 3 to it gives three free ports. */
async function freePortPrefix(): Promise<string> {
  for (;;) {
    const prefix = randomInt(2000, 3000);
    const free = await Promise.all([1, 2, 3].map((n) => isFree(Number(`${prefix}${n}`))));
    if (free.every(Boolean)) return String(prefix);
  }
}
