/** Compares suspects again in several rounds. Only keys that still differ count. */
import { setTimeout as wait } from 'node:timers/promises';
import { differences, type KeyState, type Kind, readStates, unchanged } from '../read/key-state.ts';
import type { Run } from '../run.ts';
import { describeDifferences } from './describe.ts';
import type { Pair, Suspect } from './pair.ts';

/** Number of suspects per read. */
const BATCH = 200;
/** Maximum number of additional reads of a key that keeps changing. One read in which both nodes agree is enough. */
const MAX_READS = 50;

/** A suspect and its last states. */
interface Seen {
  suspect: Suspect;
  kinds: Kind[];
  source: KeyState;
  replica: KeyState;
}

/**
 * Checks the pair's current suspects, and adds those that still differ to its findings.
 *
 * Replication catches up between two rounds, so the replica must receive the source's value before the next round. If
 * the replica still holds a different value, the nodes differ. If the value changes on both nodes from round to round,
 * the key is being written, and each read may race with replication. One read in which both nodes agree then clears the
 * key. On a permanently divergent key they never agree.
 * @throws NodeError.
 */
export async function checkSuspects(run: Run, pair: Pair, dbs: Databases): Promise<void> {
  let open: Seen[] = pair.takeSuspects().map((suspect) => ({ suspect, ...NOT_SEEN }));
  for (let round = 1; round <= run.options.rounds && open.length > 0; round++) {
    run.progress.start(`${pair.replica.name}: round ${round}, ${open.length} keys again`);
    await wait(run.options.settleMs, undefined, { signal: run.signal });
    pair.replication = await run.watch.caughtUp();
    pair.rounds = Math.max(pair.rounds, round);
    open = await readAgain(run, pair, open);
  }
  const moving = open.filter(({ suspect: { moved } }) => moved.source || moved.replica);
  const agreed = await findAgreement(run, pair, moving);
  for (const seen of open) if (!agreed.has(seen)) await conclude(run, pair, dbs, seen);
}

export interface Databases {
  source: number;
  replica: number;
}

const ABSENT_STATE: KeyState = { type: 'none', digest: '', expiresAt: -2 };
const NOT_SEEN = { kinds: [], source: ABSENT_STATE, replica: ABSENT_STATE };

/** Reads suspects on both nodes at the same time. Clears those that agree. @returns the others. */
async function readAgain(run: Run, pair: Pair, open: readonly Seen[]): Promise<Seen[]> {
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

/** Returns the keys on which both nodes agree in one of many reads. */
async function findAgreement(run: Run, pair: Pair, moving: readonly Seen[]): Promise<Set<Seen>> {
  const agreed = new Set<Seen>();
  for (const seen of moving) {
    for (let read = 0; read < MAX_READS && !agreed.has(seen); read++) {
      const [still] = await readAgain(run, pair, [seen]);
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
  if (described && found === undefined && (await readAgain(run, pair, [seen])).length === 0) return;
  pair.settle(suspect, source.type !== 'none' && replica.type !== 'none');
  for (const kind of kinds) {
    if (kind !== 'value') pair.add(kind, finding, keep);
    else if (!described) pair.counts.value += 1;
    else if (found) pair.add('value', { ...finding, differences: found }, keep);
    else pair.unexplained += 1;
  }
}
