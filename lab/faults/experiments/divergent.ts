/** Counts keys that differ between the nodes of a mesh, using the verifier. */
import type { Mesh } from '../../../operate/local/index.ts';
import { parseAddresses } from '../../../toolkit/node/address.ts';
import { Progress } from '../../../toolkit/progress.ts';
import { DEFAULTS, keysThatDiffer, overallVerdict, type Verdict, verify } from '../../verifier/index.ts';

export interface Divergence {
  keys: number;
  verdict: Verdict;
}

/** Options of `npm run verify` with shorter pauses, because the nodes have little data and low latency. */
const HOW = { ...DEFAULTS, settleMs: 50, maxFindings: 100_000 };

/** Counts divergent keys. @param match glob of the keys to compare. @throws NodeError, Interrupted. */
export async function divergent(mesh: Mesh, match: string, signal: AbortSignal): Promise<Divergence> {
  const result = await verify(
    parseAddresses(mesh.addresses, {}),
    { ...HOW, match },
    new Progress(undefined),
    signal,
  );
  return { keys: keysThatDiffer(result.pairs).keys, verdict: overallVerdict(result.pairs) };
}
