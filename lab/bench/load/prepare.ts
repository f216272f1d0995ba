/** Prepares an observer: after its first answer, it is connected and subscribed. */
import { setTimeout as wait } from 'node:timers/promises';
import { nowMicros } from '../../../common/clock.ts';
import { formatValue } from '../../../common/value.ts';
import { monotonicMicros } from '../raw/clock.ts';
import { connect } from '../raw/connect.ts';
import { type Lane, seqOf } from '../raw/lane.ts';
import { takeSeq } from './sequence.ts';

const DEADLINE_MS = 10_000;
const POLL_MS = 20;

/** Writes once, and waits for the answer on the observer's node. @throws Error if there is none. */
export async function prepare({
  writeTo,
  observedOn,
  lane,
}: {
  writeTo: string;
  observedOn: string;
  lane: Lane;
}): Promise<void> {
  const writer = await connect(writeTo, lane.db);
  const reader = await connect(observedOn, lane.db);
  const seq = takeSeq(lane, 1);
  try {
    await writer.call(['SET', lane.key, formatValue('Writer', seq, nowMicros())]);
    for (const deadline = monotonicMicros() + DEADLINE_MS * 1000; ; await wait(POLL_MS)) {
      const text = await reader.call(['GET', lane.handshakeKey]);
      if (seqOf(String(text)) === seq) return;
      if (monotonicMicros() > deadline) throw new Error(`no observer answered within ${DEADLINE_MS} ms`);
    }
  } finally {
    writer.close();
    reader.close();
  }
}
