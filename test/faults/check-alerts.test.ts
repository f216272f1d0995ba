/** Tests the check of alerts with series as Prometheus returns them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAlerts, rowsOf } from '../../lab/faults/alerts/check.ts';
import { type AlertRecord, type Series, spansOf } from '../../lab/faults/alerts/record.ts';
import type { Verdict } from '../../lab/faults/verdict.ts';

const START = 1_795_212_000;
const INJECTED = 50;
const HEALED = 110;
const END = 200;

/** Returns a series of `ALERTS`. @param ranges seconds since the start, with the last second. */
function series(alertname: string, severity: string, ranges: [number, number][], labels = {}): Series {
  const seconds = ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
  return {
    metric: { __name__: 'ALERTS', alertname, severity, alertstate: 'firing', ...labels },
    values: seconds.map((at) => [START + at, '1']),
  };
}

function record(all: Series[], expected: string[], change: Partial<AlertRecord> = {}): AlertRecord {
  const times = {
    startedAt: START,
    injectedAt: START + INJECTED,
    healedAt: START + HEALED,
    endedAt: START + END,
  };
  return { expected, possible: ['CanaryLost'], ...times, spans: spansOf(all), ...change };
}

const node = { node: '10.0.0.1:6379', service: 'monitor', instance: '10.0.0.9:9464', job: 'mesh' };
const down = (ranges: [number, number][], labels = node) => series('NodeDown', 'critical', ranges, labels);
const warning = series('Missed', 'warning', [[60, 170]], { service: 'writer' });

const CASES: [name: string, record: AlertRecord, verdict: Verdict['verdict'], pattern: RegExp][] = [
  [
    'it fires and clears',
    record([down([[67, 119]])], ['NodeDown']),
    'holds',
    /^NodeDown \(critical\) fired: 17 s, cleared: 10 s$/,
  ],
  [
    'it clears before the heal',
    record([down([[67, 80]])], ['NodeDown']),
    'holds',
    /cleared: before the heal$/,
  ],
  ['no alert is expected, and none fires', record([], []), 'holds', /^no alert fired in 3 min$/],
  ['a warning may fire', record([down([[67, 119]]), warning], ['NodeDown']), 'holds', /Missed \(warning\)/],
  ['it does not fire', record([], ['NodeDown']), 'broken', /\nNodeDown did not fire$/],
  [
    'it fired before the fault',
    record([down([[40, 119]])], ['NodeDown']),
    'broken',
    /\nNodeDown did not fire\nNodeDown \(critical\) fired before the fault: node=10\.0\.0\.1:6379$/,
  ],
  [
    'it does not clear',
    record([down([[67, END - 1]])], ['NodeDown']),
    'broken',
    /\nNodeDown \(critical\) did not clear: node=10\.0\.0\.1:6379$/,
  ],
  [
    'a warning does not clear',
    record([series('Missed', 'warning', [[60, END]], { service: 'writer' })], []),
    'broken',
    /\nMissed \(warning\) did not clear: service=writer$/,
  ],
  [
    'a possible critical alert fires',
    record([down([[67, 119]]), series('CanaryLost', 'critical', [[90, 100]])], ['NodeDown']),
    'holds',
    /CanaryLost/,
  ],
  [
    'another critical alert fires',
    record([down([[67, 119]]), series('MonitorDown', 'critical', [[90, 100]])], ['NodeDown']),
    'broken',
    /\nMonitorDown \(critical\) was not expected$/,
  ],
];

for (const [name, given, verdict, pattern] of CASES) {
  test(`alerts, ${verdict}: ${name}`, () => {
    const found = checkAlerts(given);
    const text = [found.summary, ...found.evidence].join('\n');
    assert.equal(found.verdict, verdict, text);
    assert.match(text, pattern);
  });
}

test('without a fault, a warning is not expected either', () => {
  const { injectedAt: _, healedAt: __, ...undisturbed } = record([warning], []);
  assert.deepEqual(checkAlerts(undisturbed).evidence, ['Missed (warning) was not expected: service=writer']);
  assert.equal(checkAlerts({ ...undisturbed, spans: [] }).verdict, 'holds');
});

test('a gap separates two firings, and two subjects of one alert are one row', () => {
  const other = { ...node, node: '10.0.0.2:6379' };
  const flapping = record(
    [
      down([
        [67, 70],
        [90, 119],
      ]),
      down([[80, 125]], other),
    ],
    ['NodeDown'],
  );
  const [row, ...others] = rowsOf(flapping);
  assert.deepEqual(others, []);
  assert.equal(row?.times, 2);
  assert.deepEqual([row.firedAfter, row.clearedAfter], [17, 16]);
  assert.deepEqual(row.subjects, ['node=10.0.0.1:6379', 'node=10.0.0.2:6379']);
  assert.match(checkAlerts(flapping).summary, /cleared: 16 s \(fired 2 times\)$/);
});

test('a pending alert has a span of its own', () => {
  const { metric, values } = down([[67, 70]]);
  const [span] = spansOf([{ metric: { ...metric, alertstate: 'pending' }, values }]);
  assert.equal(span?.state, 'pending');
});
