/** How many keys differ among the nodes of a mesh, by the verifier's word. */
import type { Mesh } from '../../local/mesh.ts';
import { parseAddresses } from '../../verifier/node/address.ts';
import { Progress } from '../../verifier/report/progress.ts';
import { keysThatDiffer, overallVerdict, type Verdict } from '../../verifier/report/result.ts';
import { verify } from '../../verifier/verify.ts';

export interface Divergence {
  keys: number;
  verdict: Verdict;
}

/** As `npm run verify` does it, with shorter pauses: the nodes have little data and are close together. */
const HOW = {
  ttlToleranceMs: 1_000,
  rounds: 3,
  settleMs: 50,
  waitMs: 10_000,
  timeoutMs: 10_000,
  batch: 1_000,
  throttle: Number.POSITIVE_INFINITY,
  maxFindings: 100_000,
  values: false,
};

/** @param match a glob of the keys to compare. @throws NodeError, Interrupted. */
export async function divergent(mesh: Mesh, match: string, signal: AbortSignal): Promise<Divergence> {
  const result = await verify(
    parseAddresses(mesh.addresses, {}),
    { ...HOW, match },
    new Progress(undefined),
    signal,
  );
  return { keys: keysThatDiffer(result.pairs).keys, verdict: overallVerdict(result.pairs) };
}
