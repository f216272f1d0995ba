/** Looks at suspects again and again: only what still differs counts. */
import { setTimeout as wait } from 'node:timers/promises';
import { differences, type KeyState, type Kind, readStates, unchanged } from '../read/key-state.ts';
import type { Run } from '../run.ts';
import { describeDifferences } from './describe.ts';
import type { Pair, Suspect } from './pair.ts';

/** Suspects read at once. */
const BATCH = 200;
/** Looks at a key that keeps changing: one on which both nodes agree is enough. */
const LOOKS = 50;

/** A suspect as it was last seen. */
interface Seen {
  suspect: Suspect;
  kinds: Kind[];
  source: KeyState;
  replica: KeyState;
}

/**
 * Judges the pair's suspects of now, and adds what still differs to its findings.
 *
 * Between two rounds the replication catches up, so what a node held in one round the other must have received by the
 * next: a replica that still holds its other value does differ. Where both nodes' answers change from round to round,
 * the key is being written and each look may just fall between the write and its arrival. Then it takes one moment
 * at which both agree; a key on which the nodes have parted for good has none.
 * @throws NodeError.
 */
export async function judgeSuspects(run: Run, pair: Pair, dbs: Databases): Promise<void> {
  let open: Seen[] = pair.takeSuspects().map((suspect) => ({ suspect, ...NOT_SEEN }));
  for (let round = 1; round <= run.options.rounds && open.length > 0; round++) {
    run.progress.start(`${pair.replica.name}: round ${round}, ${open.length} keys again`);
    await wait(run.options.settleMs, undefined, { signal: run.signal });
    pair.replication = await run.watch.caughtUp();
    pair.rounds = Math.max(pair.rounds, round);
    open = await lookAgain(run, pair, open);
  }
  const moving = open.filter(({ suspect: { moved } }) => moved.source || moved.replica);
  const agreed = await lookForAgreement(run, pair, moving);
  for (const seen of open) if (!agreed.has(seen)) await conclude(run, pair, dbs, seen);
}

export interface Databases {
  source: number;
  replica: number;
}

const ABSENT_STATE: KeyState = { type: 'none', digest: '', expiresAt: -2 };
const NOT_SEEN = { kinds: [], source: ABSENT_STATE, replica: ABSENT_STATE };

/** Reads suspects on both nodes at the same moment; those that agree are cleared. Returns the others. */
async function lookAgain(run: Run, pair: Pair, open: readonly Seen[]): Promise<Seen[]> {
  const still: Seen[] = [];
  for (let i = 0; i < open.length; i += BATCH) {
    const part = open.slice(i, i + BATCH);
    const keys = part.map(({ suspect }) => suspect.key);
    await Promise.all([run.pace(pair.source, keys.length), run.pace(pair.replica, keys.length)]);
    const [sources, replicas] = await Promise.all([
      readStates(pair.source.connection, run.method, keys),
      readStates(pair.replica.connection, run.method, keys),
    ]);
    for (const [j, { suspect }] of part.entries()) {
      const source = sources[j] ?? ABSENT_STATE;
      const replica = replicas[j] ?? ABSENT_STATE;
      const kinds = differences(source, replica, run.options.ttlToleranceMs, Date.now());
      if (kinds.length === 0) pair.settle(suspect, source.type !== 'none' && replica.type !== 'none');
      else still.push({ suspect: remember(suspect, source, replica, run), kinds, source, replica });
    }
    run.progress.add(keys.length);
  }
  return still;
}

function remember(suspect: Suspect, source: KeyState, replica: KeyState, { options }: Run): Suspect {
  const { before } = suspect;
  if (before) {
    suspect.moved.source ||= !unchanged(before.source, source, options.ttlToleranceMs);
    suspect.moved.replica ||= !unchanged(before.replica, replica, options.ttlToleranceMs);
  }
  suspect.before = { source, replica };
  return suspect;
}

/** The keys on which both nodes agree in one of many looks. */
async function lookForAgreement(run: Run, pair: Pair, moving: readonly Seen[]): Promise<Set<Seen>> {
  const agreed = new Set<Seen>();
  for (const seen of moving) {
    for (let look = 0; look < LOOKS && !agreed.has(seen); look++) {
      const [still] = await lookAgain(run, pair, [seen]);
      if (still === undefined) agreed.add(seen);
      else Object.assign(seen, still);
    }
  }
  return agreed;
}

async function conclude(run: Run, pair: Pair, db: Databases, seen: Seen): Promise<void> {
  const { suspect, kinds, source, replica } = seen;
  if (suspect.moved.source && suspect.moved.replica) {
    pair.unsettled += 1;
    return;
  }
  const keep = run.options.maxFindings;
  const finding = { db, key: suspect.key, source, replica };
  const described = kinds.includes('value') && pair.findings.value.length < keep;
  const sides = { source: pair.source.connection, replica: pair.replica.connection };
  const found = described ? await describeDifferences(sides, source.type, suspect.key) : undefined;
  // The key was written after the last read, or its values are equal and only their digests differ.
  if (described && found === undefined && (await lookAgain(run, pair, [seen])).length === 0) return;
  pair.settle(suspect, source.type !== 'none' && replica.type !== 'none');
  for (const kind of kinds) {
    if (kind !== 'value') pair.add(kind, finding, keep);
    else if (!described) pair.counts.value += 1;
    else if (found) pair.add('value', { ...finding, differences: found }, keep);
    else pair.unexplained += 1;
  }
}
