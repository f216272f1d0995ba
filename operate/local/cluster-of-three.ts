/** Runs the three local nodes of `npm start` and `npm run cluster`. */
import { once } from 'node:events';
import { join } from 'node:path';
import type { Option } from 'commander';
import { type Engine, provideEngine } from '../../toolkit/engine.ts';
import { isFree } from '../../toolkit/ports.ts';
import { root } from '../../toolkit/root.ts';
import { EXIT, interrupted, runTool, type ToolRun } from '../../toolkit/run-tool.ts';
import { nodeSecurity, provideSecrets, type SecretsFolder } from '../security/index.ts';
import { say } from './console.ts';
import { Links } from './links.ts';
import { Mesh } from './mesh.ts';
import { type LocalOptions, readOptions } from './options.ts';
import { allPorts, linkPort, nodePorts } from './ports.ts';

export interface Cluster {
  options: LocalOptions;
  mesh: Mesh;
  /** The replication links, with --controls. */
  links?: Links;
  /** Secrets of the mesh. If omitted, nodes accept every client, in plain text. */
  secrets?: SecretsFolder;
}

type Cleanups = ToolRun['cleanups'];

/**
 * Starts the nodes and does the work until a signal, then cleans up. Exits like a service: with 0 after a signal, with 1
 * on an error.
 * @param further options of this script.
 */
export function runCluster(
  name: string,
  about: string,
  work: (cluster: Cluster, cleanups: Cleanups) => Promise<void>,
  further: readonly Option[] = [],
): Promise<never> {
  return runTool(async ({ signal, cleanups }) => {
    const options = readOptions(name, about, further);
    const running = startCluster(options, cleanups).then((cluster) => work(cluster, cleanups));
    if (!(await interrupted(running, signal))) await once(signal, 'abort');
    return EXIT.holds;
  }, 1);
}

/**
 * Provides an engine, starts the nodes, and waits until they replicate.
 * @param cleanups receives the function that stops them, before they start.
 * @throws Error with the remedy.
 */
async function startCluster(options: LocalOptions, cleanups: Cleanups): Promise<Cluster> {
  const { engine: wanted, secure, secrets: secretsFolder } = options;
  const ports = nodePorts(options);
  await rejectTakenPorts(allPorts(options));
  const engine = await provideEngine(wanted, (line) => say('cluster', line));
  const secrets = secure ? await provideSecrets(secretsFolder, (line) => say('cluster', line)) : undefined;
  const links = options.controls === undefined ? undefined : await openLinks(options, cleanups);
  // One folder per engine, because an engine may not be able to read another engine's snapshots.
  const mesh = new Mesh({
    engine,
    ports,
    folder: join(root, 'data', engine.name),
    ...(links && { placeOf: (port) => links.placeOf(port) }),
    ...(secrets && { securityOf: (i) => nodeSecurity(secrets, i) }),
  });
  say('cluster', `starting three nodes of ${engine.name} on ${mesh.addresses}${secrets ? ', TLS only' : ''}`);
  cleanups.push(async () => {
    await mesh.stop();
    say('cluster', 'stopped');
  });
  await mesh.start();
  say('cluster', `${describe(engine)}; data and logs are in ${join('data', engine.name)}/`);
  return { options, mesh, ...(links && { links }), ...(secrets && { secrets }) };
}

async function openLinks(options: LocalOptions, cleanups: Cleanups): Promise<Links> {
  const links = await Links.open(nodePorts(options), (to, from) => linkPort(options, to, from));
  cleanups.push(() => links.close());
  return links;
}

function describe({ multiMaster, name }: Engine): string {
  if (multiMaster) return 'the mesh is complete: a write on one node reaches the others';
  return (
    `one primary and two replicas are up. ${name} has no multi-master: only the primary accepts writes and handshakes, ` +
    'and the observers read on the replicas. This setup cannot show a write on any node, or a writer that fails over ' +
    'if the primary is lost (that needs Sentinel). KeyDB can: docker compose up, or its packages from docs.keydb.dev'
  );
}

async function rejectTakenPorts(ports: readonly number[]): Promise<void> {
  const free = await Promise.all(ports.map(isFree));
  const taken = ports.filter((_, i) => !free[i]);
  if (taken.length === 0) return;
  throw new Error(
    `port ${taken.join(', ')} of 127.0.0.1 is in use: stop the program that listens there (another npm start or docker compose up?), ` +
      'or choose other ports with -- --base-port 7101',
  );
}
