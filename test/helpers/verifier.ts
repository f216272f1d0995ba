/** Runs the verifier like a user: as a program. */
import type { TestContext } from 'node:test';
import type { NodeProcess } from '../../operate/local/node-process.ts';
import { type Run, runEntry, startEntry } from './entry.ts';
import { startMesh } from './nodes.ts';

/** Fields of the `--json` output that the tests read. */
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

/** Starts `lab/<entry>/main` without waiting for its end. */
export function startTool(
  entry: 'verifier' | 'exercise',
  args: readonly string[],
  env: Record<string, string> = {},
) {
  return startEntry(`lab/${entry}/main`, args, env);
}

export function runTool(
  entry: 'verifier' | 'exercise',
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Run> {
  return runEntry(`lab/${entry}/main`, args, env);
}

/** Verifies the nodes with short pauses. @throws Error with the output if it is not JSON. */
export async function verifyJson(
  nodes: string,
  ...args: string[]
): Promise<{ code: number | undefined; json: Json }> {
  const { code, stdout, stderr } = await runTool('verifier', [
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

/** Starts nodes without replication, so that a test can create differences. */
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
