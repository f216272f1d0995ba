/** Tests the parsers of replies and system data on saved text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsOf, fieldsOf } from '../../lab/bench/host/nodes.ts';
import { parseMachineTime, treeSeconds } from '../../lab/bench/host/proc.ts';
import { command } from '../../lab/bench/raw/connection.ts';
import { microsOf, seqOf } from '../../lab/bench/raw/lane.ts';
import { Reader, type Reply } from '../../lab/bench/raw/reader.ts';

test('decodes replies and pushes, independent of chunk boundaries', () => {
  const bytes = Buffer.from(
    '+OK\r\n:42\r\n:-1\r\n$3\r\na\r\n\r\n$-1\r\n_\r\n-ERR no\r\n>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nk\r\n%1\r\n+a\r\n*1\r\n:1\r\n=5\r\ntxt:x\r\n',
  );
  for (let cut = 1; cut < bytes.length; cut += 1) {
    const replies: Reply[] = [];
    const pushes: Reply[][] = [];
    const reader = new Reader(
      (reply) => replies.push(reply instanceof Error ? reply.message : reply),
      (items) => pushes.push(items),
    );
    reader.take(bytes.subarray(0, cut));
    reader.take(bytes.subarray(cut));
    assert.deepEqual(replies, ['OK', 42, -1, 'a\r\n', null, null, 'ERR no', ['a', [1]], 'txt:x']);
    assert.deepEqual(pushes, [['message', 'c', 'k']]);
  }
});

test('encodes a command, and parses a value', () => {
  assert.equal(command('GET', 'key'), '*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n');
  const handshake = 'Handshake from floor for Writer seq 42 micros 1725543675123456 timestamp 1725543675';
  assert.deepEqual([seqOf(handshake), microsOf(handshake)], [42, 1725543675123456]);
  assert.deepEqual([seqOf('Python01 timestamp 1'), microsOf('Python01 timestamp 1')], [-1, -1]);
});

test('parses the state of a node', () => {
  const info =
    'txt:# Server\r\nredis_version:6.3.4\r\nrun_id:abc\r\nused_cpu_sys:0.5\r\nused_cpu_user:1.25\r\ntotal_net_input_bytes:99\r\ncmdstat_get:calls=7,usec=9\r\n';
  assert.deepEqual(factsOf('127.0.0.1:7001', fieldsOf(info)), {
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
