/** Tests the parsers of values and system data on saved text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsOf } from '../../lab/bench/host/nodes.ts';
import { microsOf, seqOf } from '../../lab/bench/raw/lane.ts';
import { parseInfo } from '../../toolkit/node/info.ts';
import { parseMachineTime, treeSeconds } from '../../toolkit/proc.ts';

test('parses a value', () => {
  const handshake = 'Handshake from floor for Writer seq 42 micros 1725543675123456 timestamp 1725543675';
  assert.deepEqual([seqOf(handshake), microsOf(handshake)], [42, 1725543675123456]);
  assert.deepEqual([seqOf('Python01 timestamp 1'), microsOf('Python01 timestamp 1')], [-1, -1]);
});

test('parses the state of a node', () => {
  const info =
    '# Server\r\nredis_version:6.3.4\r\nrun_id:abc\r\nused_cpu_sys:0.5\r\nused_cpu_user:1.25\r\ntotal_net_input_bytes:99\r\ncmdstat_get:calls=7,usec=9\r\n';
  assert.deepEqual(factsOf('127.0.0.1:7001', parseInfo(info)), {
    address: '127.0.0.1:7001',
    version: '6.3.4',
    runId: 'abc',
    cpuMicros: 1_750_000,
    receivedBytes: 99,
    gets: 7,
  });
});

test('parses CPU time of the machine, and of a process with all its descendants', () => {
  assert.deepEqual(parseMachineTime('cpu  100 20 30 1000 5 6 7 8 90 0\ncpu0 1 2\n'), {
    busy: 1.5,
    stolen: 0.08,
    total: 11.76,
  });
  assert.equal(parseMachineTime(''), undefined);
  const stat = (pid: number, parent: number, ticks: number) =>
    `${pid} (a (b) c) S ${parent} 1 1 0 -1 0 0 0 0 0 ${ticks} 0 0 0 20 0 1 0`;
  const stats = [
    stat(1, 0, 1_000),
    stat(10, 1, 100),
    stat(11, 10, 50),
    stat(12, 11, 25),
    stat(20, 1, 400),
    '',
  ];
  assert.equal(treeSeconds(10, stats), 1.75);
  assert.equal(treeSeconds(99, stats), undefined);
});
