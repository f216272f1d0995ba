/** The findings so far for the source and one replica. */

import type { OpenNode } from '../../../toolkit/node/nodes.ts';
import type { Replication } from '../../../toolkit/node/replication.ts';
import { type KeyState, KINDS, type Kind } from '../read/key-state.ts';
import type { Findings } from '../report/findings.ts';

/** A key that seems to differ and will be compared again. */
export interface Suspect {
  key: Buffer;
  /** The node whose SCAN returned the key. */
  seenOn: 'source' | 'replica';
  /** Whether the number of common keys already includes it. */
  common: boolean;
  /** The states on both nodes in the previous round. */
  before?: { source: KeyState; replica: KeyState };
  /** Whether a node's state changed between rounds. */
  moved: { source: boolean; replica: boolean };
}

export class Pair {
  readonly source: OpenNode;
  readonly replica: OpenNode;
  readonly totals = { source: 0, replica: 0, common: 0 };
  readonly counts: Record<Kind, number> = { missing: 0, extra: 0, type: 0, value: 0, ttl: 0 };
  readonly findings: Findings = { missing: [], extra: [], type: [], value: [], ttl: [] };
  /** Keys that changed on both nodes in every round and were never equal. */
  unsettled = 0;
  /** Keys whose digests differ although a read of both values shows no difference. */
  unexplained = 0;
  rounds = 0;
  replication: Replication = { down: [], behind: [] };
  /** Suspects by key, so that a key that SCAN returns twice is one suspect. */
  #suspects = new Map<string, Suspect>();

  constructor(source: OpenNode, replica: OpenNode) {
    this.source = source;
    this.replica = replica;
  }

  get suspects(): number {
    return this.#suspects.size;
  }

  /** Adds a suspect. Copies the key, so that the buffer of its reply can be freed. */
  suspect(key: Buffer, seenOn: Suspect['seenOn'], common: boolean): void {
    const name = key.toString('latin1');
    if (this.#suspects.has(name)) return;
    this.#suspects.set(name, {
      key: Buffer.from(key),
      seenOn,
      common,
      moved: { source: false, replica: false },
    });
  }

  /** Returns the current suspects and clears the list. */
  takeSuspects(): Suspect[] {
    const taken = [...this.#suspects.values()];
    this.#suspects = new Map();
    return taken;
  }

  /** Counts a finding, and keeps it up to the limit. */
  add<K extends Kind>(kind: K, finding: Findings[K][number], keep: number): void {
    this.counts[kind] += 1;
    const kept: Findings[K][number][] = this.findings[kind];
    if (kept.length < keep) kept.push(finding);
  }

  /** Corrects the totals after a suspect was checked. */
  settle(suspect: Suspect, onBoth: boolean): void {
    if (onBoth === suspect.common) return;
    this.totals.common += onBoth ? 1 : -1;
    // The key was created on the source after the scan had passed it.
    if (onBoth && suspect.seenOn === 'replica') this.totals.source += 1;
  }

  /** Subtracts keys that the scan of one node returned twice. Suspects are already deduplicated. */
  dropDoubles(node: 'source' | 'replica', doubles: number): void {
    this.totals[node] -= doubles;
    if (node === 'source') this.totals.common -= doubles;
  }

  get found(): number {
    return KINDS.reduce((sum, kind) => sum + this.counts[kind], 0);
  }
}
