/** Tests the writer's estimates of clock offsets: real observers whose clocks are wrong by known amounts. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { type Clock, systemClock } from '../../common/clock.ts';
import { OBSERVERS } from '../../common/services.ts';
import { readSettings } from '../../common/settings.ts';
import { median } from '../../lab/soak/growth.ts';
import type { Mesh } from '../../operate/local/mesh.ts';
import { root } from '../../toolkit/root.ts';
import type { ClockOffset } from '../../writer/clock-offsets.ts';
import { History } from '../../writer/history.ts';
import { Interval } from '../../writer/interval.ts';
import { Watch } from '../../writer/watch.ts';
import { writePaced } from '../../writer/write.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, engine, startMesh } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';

/** The clock of each observer in milliseconds ahead. */
const SKEWS_MS = [-30_000, -250, 3, 7_200_000];
/** The writer's clock is wrong, too. */
const WRITER_SKEW_MS = 5_000;
const SAMPLES = 300;
const WRITE_INTERVAL_MS = 20;
/** On busy cores, observers conflate most writes. */
const DEADLINE_MS = 200_000;
/** SIGURG sets the clock of a service wrong, and corrects it. Here, the clock is wrong from the start. */
const SKEWABLE_CLOCK = pathToFileURL(join(root, 'dist/lab/faults/services/skewable-clock.js')).href;
const SET_AT_START = "data:text/javascript,process.emit('SIGURG')";

/** Runs a writer in this process. @returns its estimates, one for each handshake. */
async function startWriter(t: TestContext, mesh: Mesh): Promise<ClockOffset[]> {
  const clock: Clock = { ...systemClock, micros: () => systemClock.micros() + WRITER_SKEW_MS * 1000 };
  const settings = readSettings({ WRITE_INTERVAL_MS: String(WRITE_INTERVAL_MS) }, 'writer');
  const history = new History('writer', clock);
  const samples: ClockOffset[] = [];
  const log = pino(
    { base: null },
    {
      write(line: string) {
        const { event, observer } = JSON.parse(line);
        if (event === 'handshake')
          samples.push(...watch.offsets.estimates.filter((one) => one.observer === observer));
      },
    },
  );
  const interval = new Interval(settings, log);
  const watch = new Watch(settings, history, interval, log, clock);
  const port = mesh.nodes[0]?.options.port ?? 0;
  const [writing, watching] = [await connect(t, port), await connect(t, port)];
  const session = new AbortController();
  await watch.start(watching, async () => {}, session.signal);
  const counts = { writes: 0, rejected: 0, unknown: 0, skipped: 0 };
  const context = { settings, history, interval, log, clock, counts, onAcknowledged() {} };
  const ended = writePaced(writing, 'node', session, context);
  t.after(async () => {
    session.abort();
    await ended;
  });
  return samples;
}

test('the estimate is within its error in 99 % of the samples, for clocks that are wrong by known amounts', async (t) => {
  const mesh = await startMesh(t, 3);
  const samples = await startWriter(t, mesh);
  const observers = SKEWS_MS.map((skewMs, i) => {
    const name = `observer-${i}`;
    const service = new RunningService(t, OBSERVERS[i % OBSERVERS.length] ?? 'sync-observer', {
      KEYDB_NODES: mesh.addresses,
      WRITE_NODES: mesh.writable,
      SERVICE_NAME: name,
      NODE_TIMEOUT_MS: '20000',
      NODE_OPTIONS: `--import=${SKEWABLE_CLOCK} --import=${SET_AT_START}`,
      CLOCK_SKEW_MS: String(skewMs),
    });
    return { name, skewMs, service };
  });
  const ownSamples = (name: string) => samples.filter(({ observer }) => observer === name);
  const isWithin = ({ offsetSeconds, errorSeconds }: ClockOffset, aheadMs: number) =>
    Math.abs(offsetSeconds - (aheadMs - WRITER_SKEW_MS) / 1000) <= errorSeconds;

  await eventually(() => {
    for (const { name } of observers) assert.ok(ownSamples(name).length >= SAMPLES, name);
  }, DEADLINE_MS);

  for (const { name, skewMs, service } of observers) {
    const own = ownSamples(name);
    const within = own.filter((sample) => isWithin(sample, skewMs)).length;
    const wrong = own.map(({ offsetSeconds }) => Math.abs(offsetSeconds - (skewMs - WRITER_SKEW_MS) / 1000));
    const micros = (seconds: number[]) => `${(median(seconds) * 1e6).toFixed(0)} µs`;
    t.diagnostic(
      `${name} on ${engine.name}, clock ${skewMs / 1000} s ahead: ${within} of ${own.length} samples within the error; ` +
        `median deviation ${micros(wrong)}, median error ${micros(own.map(({ errorSeconds }) => errorSeconds))}`,
    );
    assert.ok(within >= 0.99 * own.length, `${name}: ${within} of ${own.length}`);
    // The clock is set during the run: the writer detects that, and estimates again.
    service.signal('SIGURG');
    await eventually(() => assert.ok(isWithin(ownSamples(name).at(-1) as ClockOffset, 0)));
    await service.stop();
  }
});
