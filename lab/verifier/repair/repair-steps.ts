/** Verifies, repairs from one node, and verifies again. */

import type { Address } from '../../../toolkit/node/address.ts';
import { UsageError } from '../../../toolkit/node/errors.ts';
import { closeNodes, openNodes } from '../../../toolkit/node/nodes.ts';
import { printable } from '../../../toolkit/printable.ts';
import type { Progress } from '../../../toolkit/progress.ts';
import { print } from '../../../toolkit/run-tool.ts';
import { toJson } from '../report/json.ts';
import { report } from '../report/report.ts';
import { exitCodeOf } from '../report/result.ts';
import type { VerifyOptions } from '../run.ts';
import { verify } from '../verify.ts';
import { planRepair, type Repair, type Repaired, repairKeys } from './repair.ts';

export interface RepairOptions {
  /** The node whose values win, as given in `--nodes`. */
  from: string;
  dryRun: boolean;
  json: boolean;
}

interface Plan {
  replica: string;
  repairs: Repair[];
}

/** @returns the exit code of the verification after the repair or, in a dry run, of the first verification. */
export async function repairFrom(
  addresses: readonly Address[],
  options: VerifyOptions,
  { from, dryRun, json }: RepairOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<number> {
  const ordered = withSource(addresses, from);
  const before = await verify(ordered, options, progress, signal);
  const plans = before.pairs.map((pair) => ({ replica: pair.nodes[1], repairs: planRepair(pair.findings) }));
  const say = (text: string) => (json ? undefined : print(text));
  say(`${report(before)}\n${planText(from, plans, dryRun)}`);
  if (before.pairs.some((pair) => pair.verdict === 'unknown')) {
    throw new UsageError(
      '--repair-from: the verdict is unknown, so nothing was repaired (see the notes; run the command again)',
    );
  }
  const nothingToDo = plans.every((plan) => plan.repairs.length === 0);
  const repaired =
    dryRun || nothingToDo ? undefined : await carryOut(ordered, options, plans, progress, signal);
  const after = repaired && (await verify(ordered, options, progress, signal));
  if (after) say(`Repaired ${repaired.done} keys${skippedText(repaired)}\n\n${report(after)}`);
  const last = after ?? before;
  if (json)
    print(
      `${JSON.stringify({ ...toJson(last), repair: { from, dryRun, ...repaired, keys: plans.flatMap(planJson) } })}\n`,
    );
  return exitCodeOf(last.pairs);
}

function withSource(addresses: readonly Address[], from: string): Address[] {
  const source = addresses.find((address) => address.name === from);
  if (source === undefined) {
    const names = addresses.map((address) => address.name).join(', ');
    throw new UsageError(`--repair-from: expected one of ${names}`);
  }
  return [source, ...addresses.filter((address) => address !== source)];
}

async function carryOut(
  addresses: readonly Address[],
  options: VerifyOptions,
  plans: readonly Plan[],
  progress: Progress,
  signal: AbortSignal,
): Promise<Repaired> {
  const nodes = await openNodes(addresses, { timeoutMs: options.timeoutMs, signal });
  const sum: Repaired = { done: 0, skipped: 0 };
  const written = new Set<string>();
  try {
    for (const [i, { replica, repairs }] of plans.entries()) {
      const node = nodes.replicas[i];
      if (node === undefined) continue;
      progress.start(`repairing ${repairs.length} keys of ${replica}`);
      const { done, skipped } = await repairKeys([nodes.source, ...nodes.replicas], node, repairs, written);
      sum.done += done;
      sum.skipped += skipped;
    }
    return sum;
  } finally {
    closeNodes(nodes.all);
  }
}

function planText(from: string, plans: readonly Plan[], dryRun: boolean): string {
  const lines = plans.flatMap(({ replica, repairs }) =>
    repairs.map(
      ({ finding, action }) =>
        `  ${action} on ${replica}: ${dbText(finding.db.replica)}${printable(finding.key)}`,
    ),
  );
  if (lines.length === 0) return 'Nothing to repair.\n';
  return `${dryRun ? 'A repair would copy' : 'Repair: copying'} from ${from}\n${lines.join('\n')}\n`;
}

function planJson({ replica, repairs }: Plan): object[] {
  return repairs.map(({ finding, action }) => ({
    action,
    node: replica,
    db: finding.db.replica,
    key: printable(finding.key),
  }));
}

function skippedText({ skipped }: Repaired): string {
  return skipped === 0 ? '' : `, skipped ${skipped} because of concurrent writes`;
}

function dbText(db: number): string {
  return db === 0 ? '' : `[db ${db}] `;
}
