/**
 * The baseline: sends the observers' two commands over a raw socket. It has the same notifications, one observation in
 * flight, conflation, and second connection if its node rejects writes, but no library, checks, logging, failover, or poll. It decodes every notification that it
 * receives: with a channel one per write, with CLIENT TRACKING one per read. So each kind of notification has its own
 * baseline, and a baseline with a channel is no lower bound for an observer with tracking.
 */
import { channelsOf, isSetEvent } from '../../../common/channels.ts';
import { nowMicros } from '../../../common/clock.ts';
import type { Settings } from '../../../common/settings.ts';
import type { OnReply } from '../../../toolkit/node/connection.ts';
import { encode } from '../../../toolkit/node/resp.ts';
import { connect } from '../raw/connect.ts';
import { seqOf } from '../raw/lane.ts';
import { handshakeNodeOf } from './handshake-node.ts';

type BaselineSettings = Pick<
  Settings,
  'SHARED_KEY' | 'HANDSHAKE_KEY' | 'KEYDB_DB' | 'KEY_CHANNEL' | 'SERVICE_NAME' | 'HOME_NODE' | 'WRITE_NODES'
>;

/** Observes until closed. @param onNotified called first for each notification of the shared key. */
export async function baseline(settings: BaselineSettings, onNotified: () => void): Promise<() => void> {
  const { SHARED_KEY, HANDSHAKE_KEY, KEYDB_DB, KEY_CHANNEL, SERVICE_NAME, HOME_NODE } = settings;
  const handshakeNode = handshakeNodeOf(settings);
  const get = encode([['GET', SHARED_KEY]]);
  const isSet = isSetEvent(SHARED_KEY, settings);
  let last: string | undefined;
  let due = false;
  let inFlight = false;

  const connection = await connect(HOME_NODE.name, KEYDB_DB, ([, , message]) => {
    // With tracking, each push is an invalidation of the key. With a channel, some are confirmations of SUBSCRIBE.
    if (KEY_CHANNEL !== 'tracking' && !(Buffer.isBuffer(message) && isSet(message))) return;
    onNotified();
    due = true;
    if (!inFlight) read();
  });
  const writer = handshakeNode === HOME_NODE ? connection : await connect(handshakeNode.name, KEYDB_DB);

  function read(): void {
    due = false;
    inFlight = true;
    connection.send(get, 1, shakeHands);
  }

  function shakeHands(reply: Parameters<OnReply>[0]): void {
    const text = Buffer.isBuffer(reply) ? reply.toString('latin1') : last;
    if (text === undefined || text === last) {
      finish();
      return;
    }
    last = text;
    const micros = nowMicros();
    const handshake = `Handshake from ${SERVICE_NAME} for Writer seq ${seqOf(text)} micros ${micros} timestamp ${Math.floor(micros / 1e6)}`;
    writer.send(encode([['SET', HANDSHAKE_KEY, handshake]]), 1, finish);
  }

  function finish(): void {
    inFlight = false;
    if (due) read();
  }

  if (KEY_CHANNEL === 'tracking') await connection.call(['CLIENT', 'TRACKING', 'ON']);
  else await connection.subscribe(channelsOf(SHARED_KEY, settings));
  if (!inFlight) read();
  return () => {
    connection.close();
    writer.close();
  };
}
