/** Creates secrets and secure meshes for tests, in temporary folders. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Redis } from 'ioredis';
import type { Node } from '../../common/nodes.ts';
import { readSettings } from '../../common/settings.ts';
import { Mesh } from '../../operate/local/mesh.ts';
import type { NodeProcess } from '../../operate/local/node-process.ts';
import { connectAs } from '../../operate/security/admin-connections.ts';
import { DEFAULT_SCOPE, makeSecrets } from '../../operate/security/make-secrets.ts';
import { nodeSecurity } from '../../operate/security/node-security.ts';
import { accessSettings } from '../../operate/security/provide-secrets.ts';
import { SecretsFolder } from '../../operate/security/secrets-folder.ts';
import type { UserName } from '../../operate/security/users.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { startEntry } from '../helpers/entry.ts';
import { engine } from '../helpers/nodes.ts';

type Scope = Pick<TestContext, 'after'>;

export async function temporaryFolder(t: Scope): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'security-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** @param env settings from which the access rules are derived. */
export async function temporarySecrets(t: Scope, env: Record<string, string> = {}): Promise<SecretsFolder> {
  const secrets = new SecretsFolder(join(await temporaryFolder(t), 'secrets'));
  await makeSecrets(secrets, DEFAULT_SCOPE, readSettings(env, 'writer'), false);
  return secrets;
}

export interface SecureMesh {
  mesh: Mesh;
  secrets: SecretsFolder;
  /** Returns the settings for a process of a user. */
  settings: (user: UserName) => Record<string, string>;
}

/** Starts linked nodes that accept TLS only, and stops them after the test. */
export async function startSecureMesh(
  t: Scope,
  count: number,
  env: Record<string, string> = {},
): Promise<SecureMesh> {
  let mesh: Mesh | undefined;
  // Registered before the removal of the folders, because hooks run in this order, and nodes write until they stop.
  t.after(() => mesh?.stop());
  const secrets = await temporarySecrets(t, env);
  mesh = new Mesh({
    ...{ engine, ports: await freePorts(count), folder: await temporaryFolder(t) },
    securityOf: (i) => nodeSecurity(secrets, i),
  });
  await mesh.start();
  const { writable } = mesh;
  return {
    mesh,
    secrets,
    settings: (user) => ({ KEYDB_NODES: writable, ...accessSettings(secrets, user), ...env }),
  };
}

/** Returns a client of a user, which is closed after the test. */
export async function clientOf(
  t: Scope,
  { secrets }: SecureMesh,
  user: UserName,
  node: NodeProcess,
): Promise<Redis> {
  const client = await connectAs(secrets, user, addressOf(node));
  t.after(() => client.disconnect());
  return client;
}

export function addressOf(node: NodeProcess): Node {
  return { host: '127.0.0.1', port: node.options.port, name: node.address };
}

/** Runs `npm run rotate` on all nodes. */
export function rotate({ mesh, secrets }: SecureMesh, ...args: string[]) {
  return startEntry('operate/security/rotate', ['--secrets', secrets.path, ...args], {
    KEYDB_NODES: mesh.addresses,
  });
}
