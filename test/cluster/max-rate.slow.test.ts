/** Tests the observers under maximum-rate load: conflation keeps the work bounded, and memory does not grow. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Redis } from 'ioredis';
import { OBSERVERS } from '../../common/services.ts';
import { formatValue } from '../../common/value.ts';
import { connect, engine, startMesh } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';

const WARM_UP = 20_000;
const WRITES = 100_000;
/** Number of commands in one pipeline. */
const BATCH = 1_000;
/**
 * One read is in flight at a time, so a node answers at most one for each part of a batch that it receives at once. A
 * batch arrives in about 16 parts (16 KB of the replication stream each); 2 reads per batch were measured.
 */
const MAX_READS_PER_BATCH = 20;
/** Tolerance for the size of a garbage-collected heap. */
const MEMORY_NOISE = 30 * 2 ** 20;

async function writeAll(client: Redis, from: number, to: number): Promise<void> {
  for (let start = from; start <= to; start += BATCH) {
    const pipeline = client.pipeline();
    for (let seq = start; seq < start + BATCH && seq <= to; seq += 1) {
      pipeline.set('shared_key', formatValue('Writer', seq, 1_725_543_675_000_000 + seq));
    }
    await pipeline.exec();
  }
}

test('after 100,000 writes at full speed, both observers have read the last one, with few reads and no memory growth', async (t) => {
  const mesh = await startMesh(t, 3);
  const client = await connect(t, mesh.nodes[0]?.options.port ?? 0);
  await writeAll(client, 1, 1);
  const observers = OBSERVERS.map(
    (name) => new RunningService(t, name, { KEYDB_NODES: mesh.addresses, WRITE_NODES: mesh.writable }),
  );
  for (const { events } of observers) await events.first({ event: 'handshake', seq: 1 });
  await writeAll(client, 2, WARM_UP);
  for (const { events } of observers) await events.first({ event: 'handshake', seq: WARM_UP });
  const before = await Promise.all(observers.map((observer) => observer.memory()));

  await writeAll(client, WARM_UP + 1, WARM_UP + WRITES);
  for (const [i, observer] of observers.entries()) {
    await observer.events.first({ event: 'handshake', seq: WARM_UP + WRITES });
    const grown = (await observer.memory()) - (before[i] ?? 0);
    await observer.stop();
    const counts = await observer.events.first({ event: 'stopped' });
    const { reads, observed, conflated, missed } = counts as Record<string, number>;
    t.diagnostic(
      `${counts.service} on ${engine.name}: ${WRITES} writes, ${JSON.stringify({ reads, observed, conflated, missed })}, memory ${grown} bytes`,
    );
    const batches = (WARM_UP + WRITES) / BATCH;
    assert.ok(Number(reads) <= batches * MAX_READS_PER_BATCH, `${reads} reads for ${batches} batches`);
    assert.ok(grown < MEMORY_NOISE, `memory grew by ${grown} bytes`);
    const first = 1;
    assert.equal(
      Number(observed) + Number(conflated) + Number(missed),
      WARM_UP + WRITES - first + Number(counts.caughtUp),
      'the counts add up',
    );
  }
});
