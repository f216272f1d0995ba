/** Runs many observers of one node in one process, and measures which of them receives a write last, and when. */
import { parseNode } from '../../../common/nodes.ts';
import { baseline } from '../observers/baseline.ts';
import { monotonicMicros } from '../raw/clock.ts';
import { connect, isMessage } from '../raw/connect.ts';
import { keyspace, type Lane } from '../raw/lane.ts';

export interface CrowdTask {
  address: string;
  /** The node that receives the handshakes. */
  handshakesTo: string;
  lane: Lane;
  count: number;
  /** Only receives notifications, or observes as the baseline does, with either channel. */
  mode: 'listening' | 'keyspace' | 'keyevent';
}

/** The current crowd; there is only one at a time. */
let members: (() => void)[] = [];
let received: Received = { micros: [], members: [] };

interface Received {
  /** For each write, when the last member so far received it (monotonic clock). */
  micros: number[];
  /** For each write, how many members have received it. */
  members: number[];
}

/** Opens a crowd and returns when all its members are connected. */
export async function openCrowd(task: CrowdTask): Promise<void> {
  const { address, lane, count, mode } = task;
  closeCrowd();
  members = await Promise.all(
    Array.from({ length: count }, (_, i) => {
      let writes = 0;
      const onNotified = () => {
        received.micros[writes] = monotonicMicros();
        received.members[writes] = (received.members[writes] ?? 0) + 1;
        writes += 1;
      };
      return mode === 'listening'
        ? listen(address, lane, onNotified)
        : baseline(settingsOf(task, mode, i), onNotified);
    }),
  );
}

/** Returns the writes received since the crowd was opened. */
export function takeReceived(): Received {
  return received;
}

export function closeCrowd(): void {
  for (const close of members) close();
  members = [];
  received = { micros: [], members: [] };
}

async function listen(address: string, lane: Lane, onNotified: () => void): Promise<() => void> {
  const connection = await connect(address, lane.db, (push) => {
    if (isMessage(push)) onNotified();
  });
  await connection.subscribe([keyspace(lane, lane.key)]);
  return () => connection.close();
}

function settingsOf({ address, handshakesTo, lane }: CrowdTask, channel: 'keyspace' | 'keyevent', i: number) {
  return {
    SHARED_KEY: lane.key,
    HANDSHAKE_KEY: `${lane.handshakeKey}:${i}`,
    KEYDB_DB: lane.db,
    KEY_CHANNEL: channel,
    SERVICE_NAME: `observer-${i}`,
    HOME_NODE: parseNode(address),
    WRITE_NODES: [parseNode(handshakesTo)],
  };
}
