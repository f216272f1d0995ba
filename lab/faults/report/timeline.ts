/** Computes the data of a timeline for the page's script. Pure. */
import { writerOf, writtenAt } from '../checks/timeline.ts';
import type { History } from '../history.ts';

export interface Timeline {
  /** Length of the timeline. */
  seconds: number;
  windows: { fault: string; targets: string; from: number; visible: number; to: number }[];
  /** A lane for each node and service: times of writes by outcome, and of incidents, in seconds. */
  lanes: Lane[];
  /** Points of each observer: time in seconds, and age of the write when it was read, in milliseconds. */
  observers: { label: string; plain: Point[]; conflated: Point[]; caughtUp: Point[] }[];
}

interface Lane {
  label: string;
  acknowledged: number[];
  failed: number[];
  incidents: { at: number; kind: string }[];
}

type Point = [seconds: number, ms: number];

/** Minimum age: log times are whole milliseconds, so a computed age can be negative. */
const LEAST_MS = 1;

export function timelineOf(history: History): Timeline {
  const at = (micros: number) => Number(((micros - history.startedAt) / 1e6).toFixed(3));
  return {
    seconds: at(history.endedAt),
    windows: history.windows.map(({ fault, targets, injectedAt, visibleAt, healedAt }) => ({
      fault,
      targets: targets.join(', '),
      from: at(injectedAt),
      visible: at(visibleAt),
      to: at(healedAt),
    })),
    lanes: lanesOf(history).map((label) => laneOf(history, label, at)),
    observers: history.observers.map((label) => observerOf(history, label, at)),
  };
}

/** Returns the labels: nodes, writer, observers. */
function lanesOf(history: History): string[] {
  return [...history.nodes, writerOf(history), ...history.observers];
}

function laneOf({ writes, incidents }: History, label: string, at: (micros: number) => number): Lane {
  const lane: Lane = { label, acknowledged: [], failed: [], incidents: [] };
  for (const write of writes) {
    if (write.node !== label) continue;
    lane[write.outcome === 'acknowledged' ? 'acknowledged' : 'failed'].push(at(writtenAt(write)));
  }
  for (const { service, kind, at: when } of incidents) {
    // A failed write already has a tick on its node's lane.
    if (service === label && kind !== 'write-failed') lane.incidents.push({ at: at(when), kind });
  }
  return lane;
}

function observerOf(
  history: History,
  label: string,
  at: (micros: number) => number,
): Timeline['observers'][number] {
  const written = new Map(history.writes.map((write) => [write.seq, writtenAt(write)]));
  const points = { plain: [] as Point[], conflated: [] as Point[], caughtUp: [] as Point[] };
  for (const seen of history.observations.filter(({ observer }) => observer === label)) {
    const from = written.get(seen.seq);
    if (from === undefined) continue;
    const ms = Math.max((seen.at - from) / 1000, LEAST_MS);
    const kind = seen.missed !== undefined ? 'caughtUp' : seen.conflated > 0 ? 'conflated' : 'plain';
    points[kind].push([at(seen.at), Number(ms.toPrecision(3))]);
  }
  return { label, ...points };
}
