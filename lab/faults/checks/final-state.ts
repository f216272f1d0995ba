/** Checks that every idle node has the writer's last write and each observer's handshake for it after the last heal. */
import { parseHandshakeName, parseValue } from '../../../common/value.ts';
import type { History, NodeState, Write } from '../history.ts';
import type { Verdict } from '../verdict.ts';
import { neverRestarted, plural } from './timeline.ts';

/**
 * Checks the last acknowledged write. A later write with an unknown outcome is also valid if all nodes have it and its
 * handshakes. The guarantee does not apply to an observer that was not restarted.
 */
export function checkFinalState(history: History): Verdict {
  const { nodes, finalState, writes, observers } = history;
  const last = writes.findLast(({ outcome }) => outcome === 'acknowledged');
  if (!last) return answer('unknown', 'no write was acknowledged', []);
  const unread = nodes.filter((node) => !finalState.some((state) => state.node === node));
  if (finalState.length === 0 || unread.length > 0)
    return answer('unknown', `not read after the last heal: ${unread.join(', ')}`, []);

  const later = writes.slice(writes.indexOf(last) + 1).filter(({ outcome }) => outcome === 'unknown');
  const running = observers.filter((name) => !neverRestarted(history, name));
  const found = [last, ...later].map((write) => ({ write, wrong: faultsFor(write, finalState, running) }));
  const fits = found.find(({ wrong }) => wrong.length === 0);
  if (fits) {
    const which =
      fits.write === last ? 'the last acknowledged' : 'of unknown outcome, after the last acknowledged';
    const exempt = observers.length - running.length;
    return answer(
      'holds',
      `seq ${fits.write.seq} (${which}) and ${plural(running.length, 'handshake')} for it on ${plural(nodes.length, 'node')}${exempt > 0 ? `; ${plural(exempt, 'observer')} not restarted` : ''}`,
      [],
    );
  }
  const wrong = found[0]?.wrong ?? [];
  const unsure =
    later.length > 0
      ? `; the same is true of ${later.map(({ seq }) => `seq ${seq}`).join(' and ')} after it`
      : '';
  return answer(
    'broken',
    `not all nodes have the last acknowledged write, seq ${last.seq}, and its handshakes${unsure}`,
    wrong,
  );
}

/** Returns the differences from the expected state after this write. */
function faultsFor(write: Write, states: readonly NodeState[], observers: readonly string[]): string[] {
  return states.flatMap(({ node, sharedKey, handshakes }) => [
    ...(isWrite(write, sharedKey) ? [] : [`${node}: the shared key is ${sharedKey ?? 'absent'}`]),
    ...observers.flatMap((name) => {
      const text = handshakes[name] ?? null;
      return isHandshake(write, name, text)
        ? []
        : [`${node}: the handshake of ${name} is ${text ?? 'absent'}`];
    }),
  ]);
}

/** Compares only seq if the write was not acknowledged, because no log line then contains its timestamp. */
function isWrite({ seq, micros, outcome }: Write, text: string | null): boolean {
  const parsed = parseValue(text ?? '');
  return (
    parsed.ok && parsed.value.seq === seq && (outcome !== 'acknowledged' || parsed.value.micros === micros)
  );
}

function isHandshake({ seq }: Write, observer: string, text: string | null): boolean {
  const parsed = parseValue(text ?? '');
  return (
    parsed.ok && parsed.value.seq === seq && parseHandshakeName(parsed.value.name)?.observer === observer
  );
}

function answer(verdict: Verdict['verdict'], summary: string, evidence: string[]): Verdict {
  return { promise: 'final-state', verdict, summary, evidence };
}
