/** Starts real servers for tests, on free ports and in a temporary folder, and removes them after the test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';
import { type Layout, Mesh } from '../../operate/local/mesh.ts';
import { type Engine, provideEngine } from '../../toolkit/engine.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { TcpProxy } from '../../toolkit/tcp-proxy.ts';
import type { Scope } from './ending.ts';

/** Engine for the tests: ENGINE if set, otherwise the best available engine, which is installed if necessary. */
export const engine: Engine = await provideEngine(process.env.ENGINE || undefined, (line) =>
  process.stderr.write(`${line}\n`),
);

/** Value for a test's `skip` option: the reason why several writable nodes are not available, or `false`. */
export const needsMultiMaster: string | false = engine.multiMaster
  ? false
  : `needs KeyDB's multi-master, and the engine here is ${engine.name}`;

/**
 * Starts `count` linked nodes. After the test, stops them and removes their folder.
 * @param extra settings of the server, named like its command line options, but without dashes.
 */
export async function startMesh(
  t: Scope,
  count: number,
  extra: Record<string, string> = {},
  layout: Layout = 'mesh',
): Promise<Mesh> {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-test-'));
  const mesh = new Mesh({ engine, layout, ports: await freePorts(count), folder, extra });
  t.after(async () => {
    await mesh.stop();
    await rm(folder, { recursive: true, force: true });
  });
  await mesh.start();
  return mesh;
}

/** Opens a proxy to a node. It is cut after the test. */
export async function openProxy(t: Scope, port: number): Promise<TcpProxy> {
  const proxy = await TcpProxy.open(port);
  t.after(() => proxy.cut());
  return proxy;
}

/** Returns a client that is closed after the test. If the node is lost, its commands fail at once. */
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
