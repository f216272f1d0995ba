/**
 * Watches a handshake key on one node as the writer does: reads the key after a notification, one read at a time.
 */
import { nowMicros } from '../../../common/clock.ts';
import { encode } from '../../../toolkit/node/resp.ts';
import { monotonicMicros } from '../raw/clock.ts';
import { connect } from '../raw/connect.ts';
import { keyspace, type Lane, microsOf, seqOf } from '../raw/lane.ts';

/** Time of a handshake at the writer (`readMicros`: of the observer's read), on the monotonic clock. */
export interface Handshake {
  seq: number;
  backMicros: number;
  readMicros: number;
}

/** Reports each new handshake. @returns a function that stops the watch. */
export async function watchHandshakes(
  address: string,
  lane: Lane,
  onHandshake: (handshake: Handshake) => void,
): Promise<() => void> {
  const get = encode([['GET', lane.handshakeKey]]);
  const wallOffset = nowMicros() - monotonicMicros();
  let due = false;
  let reading = false;
  const connection = await connect(address, lane.db, () => {
    due = true;
    if (!reading) read();
  });

  function read(): void {
    due = false;
    reading = true;
    connection.send(get, 1, (reply) => {
      const backMicros = monotonicMicros();
      reading = false;
      if (due) read();
      const text = String(reply);
      if (Buffer.isBuffer(reply))
        onHandshake({ seq: seqOf(text), backMicros, readMicros: microsOf(text) - wallOffset });
    });
  }

  await connection.subscribe([keyspace(lane, lane.handshakeKey)]);
  return () => connection.close();
}
