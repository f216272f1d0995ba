/** Runs the verifier as people do: as a program. */
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { execa } from 'execa';
import type { NodeProcess } from '../../local/node-process.ts';
import { root } from '../../local/root.ts';
import { startMesh } from './nodes.ts';

export interface Run {
  code: number | undefined;
  stdout: string;
  stderr: string;
}

/** As `--json` prints it, as far as tests look at it. */
export interface Json {
  verdict: string;
  error?: string;
  method: string;
  notes: string[];
  pairs: JsonPair[];
}

export interface JsonPair {
  verdict: string;
  nodes: string[];
  totals: { source: number; replica: number; common: number };
  missing: { db: number; key: string; type: string }[];
  extra: { db: number; key: string; type: string }[];
  type: { db: number; key: string; source: string; replica: string }[];
  value: { db: number; key: string; type: string; differences: object[]; more?: number }[];
  ttl: { db: number; key: string; source: number | null; replica: number | null }[];
  counts: Record<'missing' | 'extra' | 'type' | 'value' | 'ttl', number>;
  rounds: number;
  millis: number;
  notes: string[];
}

/** Starts `verifier/<entry>` without waiting for its end. Its environment has none of our settings. */
export function startTool(
  entry: 'main' | 'sync-test',
  args: readonly string[],
  env: Record<string, string> = {},
) {
  return execa(process.execPath, [join(root, 'dist/verifier', `${entry}.js`), ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    extendEnv: false,
    cwd: '/',
    reject: false,
    stdin: 'ignore',
  });
}

export async function runTool(
  entry: 'main' | 'sync-test',
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Run> {
  const { exitCode, stdout, stderr } = await startTool(entry, args, env);
  return { code: exitCode, stdout, stderr };
}

/** Verifies the nodes, with short pauses. @throws Error with what was printed if that is not JSON. */
export async function verifyJson(
  nodes: string,
  ...args: string[]
): Promise<{ code: number | undefined; json: Json }> {
  const { code, stdout, stderr } = await runTool('main', [
    '--nodes',
    nodes,
    '--json',
    '--settle',
    '10',
    ...args,
  ]);
  try {
    return { code, json: JSON.parse(stdout) as Json };
  } catch {
    throw new Error(`no JSON, exit code ${code}: ${stdout} ${stderr}`);
  }
}

/** Nodes that know nothing of one another, so that differences can be planted. */
export async function startSeparate(
  t: Pick<TestContext, 'after'>,
  count: number,
  extra: Record<string, string> = {},
): Promise<NodeProcess[]> {
  const meshes = await Promise.all(Array.from({ length: count }, () => startMesh(t, 1, extra)));
  return meshes.flatMap((mesh) => mesh.nodes);
}

export function addressesOf(nodes: readonly NodeProcess[]): string {
  return nodes.map((node) => node.address).join(',');
}
