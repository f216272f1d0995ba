/** Tests the checks on synthetic runs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SERVICES } from '../../common/services.ts';
import { type Check, checkRun, type SoakVerdict } from '../../lab/soak/checks.ts';
import { parseCounters } from '../../lab/soak/sampler.ts';
import { type Change, MB, runOf } from './series.ts';

/** Returns the verdicts other than `holds`, as `check subject verdict`. */
function findings(change: Change): string[] {
  const others = checkRun(runOf(change)).filter(({ verdict }) => verdict !== 'holds');
  return others.map(({ check, subject, verdict }) => `${check} ${subject} ${verdict}`);
}

function verdictOf(change: Change, check: Check): SoakVerdict | undefined {
  return checkRun(runOf(change)).find((one) => one.check === check);
}

const END = runOf().end;

test('a run without growth holds: garbage collections, backlogs, and failovers are no findings', () => {
  assert.deepEqual(findings({}), []);
  assert.equal(checkRun(runOf()).length, 18);
});

test('finds memory that grows: in services, and in each life of a node in addition to its backlog', () => {
  const [heap, resident] = ['memory', 'resident'].map((check) =>
    SERVICES.map((service) => `${check} ${service} broken`),
  );
  assert.deepEqual(findings({ serviceGrowth: 3 * MB }), heap);
  assert.deepEqual(findings({ nativeGrowth: 8 * MB }), resident);
  assert.deepEqual(findings({ nodeGrowth: 8 * MB }), [
    'memory node 1 broken',
    'memory node 2 broken',
    'memory node 3 broken',
  ]);
});

test('finds descriptors that are not closed', () => {
  assert.deepEqual(findings({ lostDescriptors: 5 }), ['descriptors writer broken']);
  assert.match(
    checkRun(runOf({ lostDescriptors: 5 })).find(({ verdict }) => verdict === 'broken')?.summary ?? '',
    /^4\.\d\d \(.*\) per hour$/,
  );
});

test('a service that exits breaks the run, also before its end; a node that exits does not', () => {
  const exit = (who: string) => [{ at: 60, who, kind: 'exited' as const, text: `${who} ended with 1` }];
  assert.equal(verdictOf({ incidents: exit('writer') }, 'exits')?.verdict, 'broken');
  assert.equal(verdictOf({ incidents: exit('writer'), end: undefined }, 'exits')?.verdict, 'broken');
  assert.match(verdictOf({ incidents: exit('writer') }, 'exits')?.summary ?? '', /writer ended with 1/);
  const ofNode = verdictOf({ incidents: exit('node 1') }, 'exits');
  assert.equal(ofNode?.verdict, 'holds');
  assert.equal(ofNode?.summary, 'no exit; 0 kills and 1 other exits of nodes');
});

test('an interrupted run has only unknown verdicts, and says why', () => {
  const verdicts = checkRun(runOf({ end: undefined }));
  assert.deepEqual([...new Set(verdicts.map(({ verdict }) => verdict))], ['unknown']);
  for (const { summary } of verdicts) assert.match(summary, /the run has not reached its end/);
});

test('a short run has no verdict on growth, however fast it is', () => {
  const verdicts = checkRun(runOf({ minutes: 59, serviceGrowth: 500 * MB }));
  const growth = verdicts.filter(({ check }) => check === 'memory' || check === 'descriptors');
  assert.deepEqual([...new Set(growth.map(({ verdict }) => verdict))], ['unknown']);
  assert.match(growth[0]?.summary ?? '', /MB\/h; the run is shorter than 60 minutes$/);
  assert.deepEqual(
    findings({ minutes: 60 }).filter((line) => / broken$/.test(line)),
    [],
  );
});

test('too few acknowledged writes: the load is unknown', () => {
  assert.equal(verdictOf({ end: END && { ...END, acknowledgedSeq: 323_000 } }, 'load')?.verdict, 'unknown');
  assert.equal(verdictOf({ end: END && { ...END, acknowledgedSeq: 325_000 } }, 'load')?.verdict, 'holds');
});

test('a mesh is in sync only with equal keys and the last acknowledged write', () => {
  const sync = (change: object) => verdictOf({ end: END && { ...END, ...change } }, 'sync');
  assert.equal(sync({ sync: 'different' })?.verdict, 'broken');
  assert.equal(sync({ sync: 'unknown', notes: ['link down'] })?.verdict, 'unknown');
  assert.match(sync({ sync: 'unknown', notes: ['link down'] })?.summary ?? '', /link down/);
  const behind = sync({ nodeSeqs: { 'node 1': 360_000, 'node 2': 359_999, 'node 3': null } });
  assert.equal(behind?.verdict, 'broken');
  assert.match(behind?.summary ?? '', /node 2 has seq 359999 instead of 360000; node 3 has seq null/);
  // A write whose outcome the writer does not know may have arrived everywhere.
  assert.equal(sync({ nodeSeqs: { 'node 1': 360_001, 'node 2': 360_001 } })?.verdict, 'holds');
});

test('reads the counters of the services, and adds up those of all nodes', () => {
  const text = [
    '# HELP mesh_writes_total Writes.',
    'mesh_writes_total{outcome="acknowledged",service="writer"} 42',
    'mesh_losses_total{node="127.0.0.1:7001",service="writer"} 1',
    'mesh_losses_total{node="127.0.0.1:7002",service="writer"} 2',
    'mesh_rewrites_total 3',
    'mesh_acknowledged_seq{service="writer"} 42',
    'process_cpu_seconds_total{service="writer"} 1.5',
    '',
  ].join('\n');
  assert.deepEqual(parseCounters(text), {
    'mesh_writes_total{outcome="acknowledged"}': 42,
    mesh_losses_total: 3,
    mesh_rewrites_total: 3,
  });
});
