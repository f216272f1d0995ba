/** Real servers for tests: nodes on free ports, in a folder of their own, gone with the test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Redis, type RedisOptions } from 'ioredis';
import { Mesh } from '../../operate/local/mesh.ts';
import { type Engine, provideEngine } from '../../toolkit/engine.ts';
import { freePorts } from '../../toolkit/ports.ts';

/** The engine that the tests run on: ENGINE if set, else the best there is, installed if need be. */
export const engine: Engine = await provideEngine(process.env.ENGINE || undefined, (line) =>
  process.stderr.write(`${line}\n`),
);

/** Why a test that needs several writable nodes is skipped, or `false` if it is not: the `skip` option of a test. */
export const needsMultiMaster: string | false = engine.multiMaster
  ? false
  : `needs KeyDB's multi-master, and the engine here is ${engine.name}`;

type Scope = Pick<TestContext, 'after'>;

/**
 * Starts `count` linked nodes; they are stopped, and their folder removed, after the test.
 * @param extra settings as on the server's command line, without the dashes.
 */
export async function startMesh(t: Scope, count: number, extra: Record<string, string> = {}): Promise<Mesh> {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-test-'));
  const mesh = new Mesh({ engine, ports: await freePorts(count), folder, extra });
  t.after(async () => {
    await mesh.stop();
    await rm(folder, { recursive: true, force: true });
  });
  await mesh.start();
  return mesh;
}

/** A client for a test, closed after it. Commands fail at once when the node is gone. */
export async function connect(
  t: Scope,
  port: number,
  options: Pick<RedisOptions, 'db' | 'username' | 'password'> = {},
): Promise<Redis> {
  const client = new Redis({
    port,
    disableClientInfo: true,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
    ...options,
  });
  client.on('error', () => {});
  t.after(() => client.disconnect());
  await client.connect();
  return client;
}
