/**
 * The floor: the observers' two commands over a bare socket, with the same channels, one observation in flight and
 * conflation, and nothing else: no library, no checks, no logging, no other node to go to, no recheck.
 */
import { changedKey, channelsOf } from '../../common/channels.ts';
import { nowMicros } from '../../common/clock.ts';
import type { Settings } from '../../common/settings.ts';
import { Connection, command } from '../raw/connection.ts';
import { seqOf } from '../raw/lane.ts';
import type { Reply } from '../raw/reader.ts';

type FloorSettings = Pick<
  Settings,
  'SHARED_KEY' | 'HANDSHAKE_KEY' | 'KEYDB_DB' | 'KEY_CHANNEL' | 'SERVICE_NAME' | 'HOME_NODE'
>;

/** Observes until closed. @param onNotified is told of each notification of the shared key, before anything else. */
export async function floor(settings: FloorSettings, onNotified: () => void): Promise<() => void> {
  const { SHARED_KEY, HANDSHAKE_KEY, KEYDB_DB, SERVICE_NAME, HOME_NODE } = settings;
  const get = command('GET', SHARED_KEY);
  let last: string | undefined;
  let due = false;
  let inFlight = false;

  const connection = await Connection.open(HOME_NODE.name, KEYDB_DB, ([, channel, message]) => {
    if (typeof message !== 'string' || changedKey(channel as string, message) !== SHARED_KEY) return;
    onNotified();
    due = true;
    if (!inFlight) read();
  });

  function read(): void {
    due = false;
    inFlight = true;
    connection.send(get, shakeHands);
  }

  function shakeHands(text: Reply): void {
    if (typeof text !== 'string' || text === last) {
      finish();
      return;
    }
    last = text;
    const micros = nowMicros();
    const handshake = `Handshake from ${SERVICE_NAME} for Writer seq ${seqOf(text)} micros ${micros} timestamp ${Math.floor(micros / 1e6)}`;
    connection.send(command('SET', HANDSHAKE_KEY, handshake), finish);
  }

  function finish(): void {
    inFlight = false;
    if (due) read();
  }

  await connection.subscribe(channelsOf(SHARED_KEY, settings));
  if (!inFlight) read();
  return () => connection.close();
}
