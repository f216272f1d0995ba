/**
 * The baseline: sends the observers' two commands over a raw socket. It has the same notifications, one observation in
 * flight, and conflation, but no library, checks, logging, failover, or poll. It decodes every notification that it
 * receives: with a channel one per write, with CLIENT TRACKING one per read. So each kind of notification has its own
 * baseline, and a baseline with a channel is no lower bound for an observer with tracking.
 */
import { changedKey, channelsOf } from '../../../common/channels.ts';
import { nowMicros } from '../../../common/clock.ts';
import type { Settings } from '../../../common/settings.ts';
import { Connection, command } from '../raw/connection.ts';
import { seqOf } from '../raw/lane.ts';
import type { Reply } from '../raw/reader.ts';

type FloorSettings = Pick<
  Settings,
  'SHARED_KEY' | 'HANDSHAKE_KEY' | 'KEYDB_DB' | 'KEY_CHANNEL' | 'SERVICE_NAME' | 'HOME_NODE'
>;

/** Observes until closed. @param onNotified called first for each notification of the shared key. */
export async function floor(settings: FloorSettings, onNotified: () => void): Promise<() => void> {
  const { SHARED_KEY, HANDSHAKE_KEY, KEYDB_DB, KEY_CHANNEL, SERVICE_NAME, HOME_NODE } = settings;
  const get = command('GET', SHARED_KEY);
  let last: string | undefined;
  let due = false;
  let inFlight = false;

  const connection = await Connection.open(HOME_NODE.name, KEYDB_DB, (push) => {
    if (!announcesKey(push, SHARED_KEY)) return;
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

  if (KEY_CHANNEL === 'tracking') await connection.call('CLIENT', 'TRACKING', 'ON');
  else await connection.subscribe(channelsOf(SHARED_KEY, settings));
  if (!inFlight) read();
  return () => connection.close();
}

/** Whether a push is `invalidate [key]`, or `message channel text` for a SET of the key. */
function announcesKey([kind, channel, text]: Reply[], key: string): boolean {
  if (kind === 'invalidate') return true;
  return typeof text === 'string' && changedKey(channel as string, text) === key;
}
