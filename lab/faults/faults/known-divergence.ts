import type { Layout } from '../../../operate/local/index.ts';
import type { Verdict } from '../verdict.ts';
import type { Fault } from './fault.ts';

/** Adds the known causes of divergence to a broken verdict about divergent keys. */
export function explained(verdict: Verdict, faults: readonly Fault[], layout: Layout): Verdict {
  if (layout !== 'mesh' || verdict.promise !== 'single-writer' || verdict.verdict !== 'broken')
    return verdict;
  const known = new Set(faults.flatMap(({ knownDivergence }) => knownDivergence ?? []));
  return { ...verdict, evidence: [...verdict.evidence, ...known] };
}
