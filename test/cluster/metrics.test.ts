/** Tests the metrics of the three services on a mesh, or on a primary with replicas: they agree with the log lines. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { OBSERVERS, SERVICE_TABLE, SERVICES } from '../../common/services.ts';
import { freePorts } from '../../toolkit/ports.ts';
import type { Event } from '../helpers/events.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, startMesh } from '../helpers/nodes.ts';
import { assertLinted, needsPromtool, type Scrape, scrape } from '../helpers/scrape.ts';
import { RunningService } from '../helpers/service.ts';

interface Monitored {
  running: RunningService;
  scrape(): Promise<Scrape>;
}

/** Starts all services, and returns them by name. */
async function startMonitored(t: TestContext, env: Record<string, string>) {
  const ports = await freePorts(SERVICES.length);
  const started = SERVICES.map((name, i): [string, Monitored] => {
    const port = ports[i] ?? 0;
    const running = new RunningService(t, name, { ...env, METRICS_PORT: `${port}` });
    return [name, { running, scrape: () => scrape(port) }];
  });
  const services = Object.fromEntries(started);
  return (name: string) => services[name] as Monitored;
}

test('the metrics of all services agree with their log lines, also after a node is killed', async (t) => {
  const mesh = await startMesh(t, 3);
  const service = await startMonitored(t, {
    KEYDB_NODES: mesh.addresses,
    WRITE_NODES: mesh.writable,
    WRITE_INTERVAL_MS: '50',
    LOG_LEVEL: 'debug',
  });
  const writer = service('writer').running;
  for (const observer of OBSERVERS)
    await eventually(() => assert.ok(writer.events.like({ event: 'handshake', observer }).length >= 10));
  const node = await connect(t, mesh.nodes[0]?.options.port ?? 0);
  // The counts stay the same while the writer waits.
  await node.set('update_interval', '3600');
  await writer.events.first({ event: 'interval' });

  await node.set('shared_key', 'hello');
  for (const observer of OBSERVERS) await service(observer).running.events.first({ event: 'malformed' });
  await node.set('shared_key', 'Writer seq 1 micros 1725543675000000 timestamp 1725543675');
  await writer.events.first({ event: 'older' });
  await assertAgreement(service);

  const [lost, next] = [1, 2].map((i) => mesh.nodes[i]?.address ?? '');
  await mesh.nodes[1]?.kill();
  const sync = service('sync-observer');
  await sync.running.events.first({ event: 'connected', node: next });
  assert.deepEqual((await sync.scrape()).by('mesh_connected'), {
    ...Object.fromEntries(mesh.nodes.map(({ address }) => [address, 0])),
    [next ?? '']: 1,
  });
  const losses = (await sync.scrape()).by('mesh_losses_total');
  assert.ok((losses[lost ?? ''] ?? 0) >= 1);
  await assertAgreement(service);
});

test('promtool finds no problem in the metrics', { skip: needsPromtool }, async (t) => {
  const mesh = await startMesh(t, 1);
  const service = await startMonitored(t, { KEYDB_NODES: mesh.addresses, WRITE_INTERVAL_MS: '50' });
  for (const name of SERVICES) await service(name).running.events.first({ event: 'handshake' });
  for (const name of SERVICES) await assertLinted(await service(name).scrape());
});

test('64 observers have their own round trips, and further ones share the label "other"', async (t) => {
  const mesh = await startMesh(t, 1);
  // A writer that reconnects on a busy machine would not learn of a handshake key that was set in between.
  const service = await startMonitored(t, {
    KEYDB_NODES: mesh.addresses,
    WRITE_INTERVAL_MS: '3600000',
    NODE_TIMEOUT_MS: '60000',
  });
  const { running, scrape } = service('writer');
  for (const observer of OBSERVERS) await running.events.first({ event: 'handshake', observer });
  const node = await connect(t, mesh.nodes[0]?.options.port ?? 0);
  for (let i = 1; i <= 70; i += 1) {
    await node.set(`handshake_key:o${i}`, `Handshake from o${i} for Writer seq 1 micros 5 timestamp 0`);
    await running.events.first({ event: 'handshake', observer: `o${i}` });
  }
  const counts = (await scrape()).by('mesh_round_trip_seconds_count');
  assert.equal(Object.keys(counts).length, 65);
  assert.equal(counts.other, 70 + OBSERVERS.length - 64);
});

/** Compares all metrics with the log lines, once the lines of all services have arrived. */
async function assertAgreement(service: (name: string) => Monitored): Promise<void> {
  for (const name of SERVICES) {
    const { running, scrape } = service(name);
    await eventually(async () => {
      const scraped = await scrape();
      const { events } = running;
      const nodes = Object.keys(scraped.by('mesh_losses_total'));
      const count = (fields: Event) => events.like(fields).length;
      assert.deepEqual(
        scraped.by('mesh_losses_total'),
        Object.fromEntries(nodes.map((node) => [node, count({ event: 'lost', node })])),
      );
      assert.equal(nodes.length, 3);
      const expected =
        SERVICE_TABLE[name].role === 'writer' ? expectedOfWriter(events.all) : expectedOfObserver(events.all);
      for (const [sample, value] of Object.entries(expected)) {
        const actual = scraped.value(sample);
        // The log rounds seconds to microseconds.
        if (sample.includes('_sum'))
          assert.ok(Math.abs((actual ?? 0) - value) < 1e-3, `${sample}: ${actual}`);
        else assert.equal(actual, value, `${sample} of ${name}`);
      }
    });
  }
}

function expectedOfWriter(events: Event[]): Record<string, number> {
  const of = (event: string) => events.filter((line) => line.event === event);
  const failed = of('write-failed');
  const roundTrips = OBSERVERS.flatMap((observer) => {
    const seconds = of('handshake').filter((line) => line.observer === observer);
    const labels = `{observer="${observer}"}`;
    return [
      [`mesh_round_trip_seconds_count${labels}`, seconds.length],
      [`mesh_round_trip_seconds_sum${labels}`, sum(seconds, 'roundTripSeconds')],
    ];
  });
  return {
    'mesh_writes_total{outcome="acknowledged"}': of('write').length,
    'mesh_writes_total{outcome="rejected"}': failed.filter(({ refused }) => refused).length,
    'mesh_writes_total{outcome="unknown"}': failed.filter(({ refused }) => !refused).length,
    'mesh_writes_total{outcome="skipped"}': 0,
    mesh_rewrites_total: of('older').length,
    mesh_write_interval_seconds: 3600,
    mesh_acknowledged_seq: Number(of('write').at(-1)?.seq),
    ...Object.fromEntries(roundTrips),
  };
}

function expectedOfObserver(events: Event[]): Record<string, number> {
  const of = (event: string) => events.filter((line) => line.event === event);
  const reads = of('read');
  const measured = reads.filter(({ differenceSeconds }) => Number(differenceSeconds) >= 0);
  const micros = / micros (\d+) /.exec(String(of('handshake').at(-1)?.msg))?.[1];
  const caughtUp = reads.filter((read) => read.caughtUp).length;
  return {
    'mesh_observations_total{cause="notified"}': reads.length - caughtUp,
    mesh_writes_conflated_total: sum(reads, 'conflated'),
    mesh_writes_missed_total: sum(reads, 'missed'),
    mesh_negative_differences_total: reads.length - measured.length,
    'mesh_values_rejected_total{reason="older"}': of('older').length,
    'mesh_values_rejected_total{reason="malformed"}': of('malformed').length,
    mesh_time_difference_seconds_count: measured.length,
    mesh_time_difference_seconds_sum: sum(measured, 'differenceSeconds'),
    mesh_observed_seq: Number(reads.at(-1)?.seq),
    mesh_last_observation_timestamp_seconds: Number(micros) / 1e6,
  };
}

function sum(events: Event[], field: string): number {
  return events.reduce((total, event) => total + Number(event[field] ?? 0), 0);
}
