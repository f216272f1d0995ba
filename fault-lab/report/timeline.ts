/** What a timeline shows, as numbers: the page's script draws it. Pure. */
import type { History } from '../history.ts';
import { writtenAt } from '../judge/timeline.ts';

export interface Timeline {
  title: string;
  /** Its length, in seconds. */
  seconds: number;
  windows: { label: string; from: number; visible: number; to: number }[];
  /** One row for each node: when a write was sent there, in seconds, by outcome. */
  nodes: { label: string; acknowledged: number[]; failed: number[] }[];
  /** One row for each service: what else it said. */
  services: { label: string; incidents: { at: number; kind: string; text: string }[] }[];
  /** One colour for each observer: seconds, and the age of the write when it was read, in milliseconds. */
  observers: { label: string; plain: Point[]; conflated: Point[]; caughtUp: Point[] }[];
}

type Point = [seconds: number, ms: number];

/** An age that a logarithm can show: clocks of one machine do not tell less apart. */
const LEAST_MS = 0.1;

export function timelineOf(history: History): Timeline {
  const at = (micros: number) => Number(((micros - history.startedAt) / 1e6).toFixed(3));
  const services = [...new Set(history.incidents.map(({ service }) => service))];
  return {
    title: history.fault,
    seconds: at(history.endedAt),
    windows: history.windows.map(({ fault, targets, injectedAt, visibleAt, healedAt }) => ({
      label: `${fault}: ${targets.join(', ')}`,
      from: at(injectedAt),
      visible: at(visibleAt),
      to: at(healedAt),
    })),
    nodes: history.nodes.map((node) => {
      const own = history.writes.filter((write) => write.node === node);
      const taken = own.filter(({ outcome }) => outcome === 'acknowledged');
      const others = own.filter(({ outcome }) => outcome !== 'acknowledged');
      return {
        label: node,
        acknowledged: taken.map((write) => at(writtenAt(write))),
        failed: others.map((write) => at(writtenAt(write))),
      };
    }),
    services: services.map((label) => ({
      label,
      incidents: history.incidents
        .filter(({ service }) => service === label)
        .map(({ kind, text, ...incident }) => ({ at: at(incident.at), kind, text })),
    })),
    observers: history.observers.map((label) => observerOf(history, label, at)),
  };
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
