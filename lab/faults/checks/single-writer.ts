/** Checks that keys with one writer are equal on all nodes when all links are up and replication is idle. */
import type { History, NodeState } from '../history.ts';
import type { Verdict } from '../verdict.ts';
import { few, plural } from './timeline.ts';

/**
 * Uses two independent sources: the verifier's findings for all keys, and direct reads of the services' keys. Every key
 * of the fault lab has one writer; an experiment tests contended keys.
 */
export function checkSingleWriter({ nodes, finalState }: History): Verdict {
  const divergent = new Map<string, string[]>();
  for (const { node, divergentKeys } of finalState) {
    for (const key of divergentKeys) divergent.set(key, [...(divergent.get(key) ?? []), node]);
  }
  const read = differences(finalState);
  const evidence = [...groups(divergent, nodes[0]), ...read];
  const unread = nodes.filter((node) => !finalState.some((state) => state.node === node));
  const summary =
    evidence.length > 0
      ? `${plural(divergent.size, 'key')} divergent (verifier), ${plural(read.length, 'key')} of the services divergent (direct read)`
      : unread.length > 0
        ? `not read: ${unread.join(', ')}`
        : `no key differs between ${plural(nodes.length, 'node')}`;
  const verdict =
    evidence.length > 0 ? 'broken' : unread.length > 0 || nodes.length < 2 ? 'unknown' : 'holds';
  return { promise: 'single-writer', verdict, summary, evidence };
}

/** Groups keys by the nodes on which they differ, because many keys usually differ on the same nodes. */
function groups(divergent: ReadonlyMap<string, readonly string[]>, first: string | undefined): string[] {
  const byPlace = new Map<string, string[]>();
  for (const [key, where] of divergent) {
    const place = where.join(' and ');
    byPlace.set(place, [...(byPlace.get(place) ?? []), key]);
  }
  return [...byPlace].map(
    ([place, keys]) => `${place} against ${first}: ${plural(keys.length, 'key')} (verifier): ${few(keys)}`,
  );
}

function differences(states: readonly NodeState[]): string[] {
  const observers = [...new Set(states.flatMap(({ handshakes }) => Object.keys(handshakes)))];
  const keys: [name: string, read: (state: NodeState) => string | null][] = [
    ['the shared key', ({ sharedKey }) => sharedKey],
    ...observers.map((name): [string, (state: NodeState) => string | null] => [
      `the handshake of ${name}`,
      ({ handshakes }) => handshakes[name] ?? null,
    ]),
  ];
  return keys.flatMap(([name, read]) => {
    const values = new Set(states.map(read));
    if (values.size < 2) return [];
    return `${name} differs: ${states.map((state) => `${state.node} has ${read(state) ?? 'no value'}`).join('; ')}`;
  });
}
