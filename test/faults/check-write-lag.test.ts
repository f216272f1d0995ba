/** Tests the writer's queue on synthetic histories: bounded, growing, and with confirmations. */
import type { History, Write } from '../../lab/faults/history.ts';
import { but, check } from './check-cases.ts';
import { nodeKilled } from './synthetic.ts';

const killed = nodeKilled();
const onWrites = (change: (write: Write) => Partial<Write>) => (history: History) => ({
  writes: history.writes.map((one) => ({ ...one, ...change(one) })),
});
const lag = (seq: number, micros: number) =>
  onWrites((one) => (one.seq === seq ? { acknowledgedAt: one.micros + micros } : {}));
const withSettings =
  (change: Partial<History['settings']>) =>
  ({ settings }: History) => ({ settings: { ...settings, ...change } });
const waiting = but(killed, withSettings({ WAIT_REPLICAS: 2 }));

check('write-lag', [
  [
    'acknowledged at once',
    killed,
    'holds',
    /^119 writes, acknowledged at most 0\.00 s after their timestamps$/,
  ],
  ['just within the limit', but(killed, lag(60, 2_000_000)), 'holds', /at most 2\.00 s/],
  [
    'one write waits too long',
    but(killed, lag(60, 2_000_001)),
    'broken',
    /^119 writes, [\s\S]*\n6\.00 s seq 60 was acknowledged by 10\.0\.0\.2:7001 2\.00 s after its timestamp$/,
  ],
  [
    'a longer timeout extends the limit',
    but(but(killed, lag(60, 3_000_000)), withSettings({ NODE_TIMEOUT_MS: 1500 })),
    'holds',
    /3\.00 s/,
  ],
  [
    'log times are whole milliseconds, so an acknowledgment may precede its write',
    but(
      killed,
      onWrites(({ micros }) => ({ acknowledgedAt: micros - 400 })),
    ),
    'holds',
    /at most 0\.00 s/,
  ],
  [
    'a timestamp of a wrong clock: the log time counts',
    but(
      killed,
      onWrites(({ micros }) => ({ micros: micros + 60e6, at: micros + 500 })),
    ),
    'holds',
    /0\.00 s/,
  ],
  [
    'the numbers of confirmations',
    but(
      waiting,
      onWrites(({ seq }) => (seq > 117 ? { confirmed: seq === 119 ? 1 : 2 } : {})),
    ),
    'holds',
    /timestamps; confirmed by 2 nodes: 2 writes, by 1 node: 1 write$/,
  ],
  [
    'without WAIT, the summary contains no confirmations',
    but(
      killed,
      onWrites(() => ({ confirmed: 2 })),
    ),
    'holds',
    /timestamps$/,
  ],
  ['WAIT without a confirmation', waiting, 'unknown', /timestamps; the record contains no confirmation$/],
  ['no write', but(killed, () => ({ writes: [] })), 'unknown', /^no write was acknowledged$/],
]);
