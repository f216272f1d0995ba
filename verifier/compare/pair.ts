/** What is known so far about the source and one replica. */

import type { OpenNode } from '../node/nodes.ts';
import type { Replication } from '../node/replication.ts';
import { type KeyState, KINDS, type Kind } from '../read/key-state.ts';
import type { Findings } from '../report/findings.ts';

/** A key that seemed to differ and is looked at again. */
export interface Suspect {
  key: Buffer;
  /** On which node SCAN gave it. */
  seenOn: 'source' | 'replica';
  /** Whether it is among the common keys already. */
  common: boolean;
  /** What the nodes held in the round before. */
  before?: { source: KeyState; replica: KeyState };
  /** Whether a node's answer changed from round to round. */
  moved: { source: boolean; replica: boolean };
}

export class Pair {
  readonly source: OpenNode;
  readonly replica: OpenNode;
  readonly totals = { source: 0, replica: 0, common: 0 };
  readonly counts: Record<Kind, number> = { missing: 0, extra: 0, type: 0, value: 0, ttl: 0 };
  readonly findings: Findings = { missing: [], extra: [], type: [], value: [], ttl: [] };
  /** Keys that changed on both nodes whenever they were looked at, and never were the same. */
  unsettled = 0;
  /** Keys whose digests differ although reading both values shows no difference. */
  unexplained = 0;
  rounds = 0;
  replication: Replication = { down: [], behind: [] };
  /** By the key's bytes, so that a key that SCAN gives twice is one suspect. */
  #suspects = new Map<string, Suspect>();

  constructor(source: OpenNode, replica: OpenNode) {
    this.source = source;
    this.replica = replica;
  }

  get suspects(): number {
    return this.#suspects.size;
  }

  /** The key's bytes are copied: what it was read into can be freed. */
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

  /** Hands over the suspects of now. */
  takeSuspects(): Suspect[] {
    const taken = [...this.#suspects.values()];
    this.#suspects = new Map();
    return taken;
  }

  /** Counts a finding, and keeps it if there is room. */
  add<K extends Kind>(kind: K, finding: Findings[K][number], keep: number): void {
    this.counts[kind] += 1;
    const kept: Findings[K][number][] = this.findings[kind];
    if (kept.length < keep) kept.push(finding);
  }

  /** Corrects the totals by what a suspect turned out to be. */
  settle(suspect: Suspect, onBoth: boolean): void {
    if (onBoth === suspect.common) return;
    this.totals.common += onBoth ? 1 : -1;
    // It came to the source behind the back of the walk.
    if (onBoth && suspect.seenOn === 'replica') this.totals.source += 1;
  }

  /** Takes keys that the walk over one node saw twice out of the totals. Suspects are never doubled. */
  dropDoubles(node: 'source' | 'replica', doubles: number): void {
    this.totals[node] -= doubles;
    if (node === 'source') this.totals.common -= doubles;
  }

  get found(): number {
    return KINDS.reduce((sum, kind) => sum + this.counts[kind], 0);
  }
}
