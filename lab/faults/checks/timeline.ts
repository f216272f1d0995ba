/** Returns when services ran and which nodes they used, and formats figures for texts. */
import type { FaultWindow, History, Incident, Write } from '../history.ts';

const ENDS: readonly Incident['kind'][] = ['killed', 'stopped', 'exited'];

/** The time from the end of a process to its next start; `until` is infinite if there is none. */
export interface DownTime {
  kind: Incident['kind'];
  at: number;
  until: number;
}

/** Returns the time of a write, in Unix microseconds of the lab's clock. */
export function writtenAt({ at, micros }: Write): number {
  return at ?? micros;
}

/** Returns the service that is neither an observer nor a node; `writer` if the record contains none. */
export function writerOf({ incidents, observers, nodes }: History): string {
  const others = incidents.filter(({ service }) => !observers.includes(service) && !nodes.includes(service));
  return others[0]?.service ?? 'writer';
}

/** Returns whether a service was killed and not restarted. A regular stop at the end of the run does not count. */
export function neverRestarted(history: History, service: string): boolean {
  return downTimesOf(history, service).some(
    ({ kind, until }) => kind === 'killed' && !Number.isFinite(until),
  );
}

/** Returns every end of a service, for any reason, sorted by time. */
export function downTimesOf({ incidents }: History, service: string): DownTime[] {
  const own = incidents.filter((incident) => incident.service === service).sort((a, b) => a.at - b.at);
  return own.flatMap(({ kind, at }) => {
    if (!ENDS.includes(kind)) return [];
    const next = own.find((incident) => incident.kind === 'started' && incident.at > at);
    return [{ kind, at, until: next?.at ?? Number.POSITIVE_INFINITY }];
  });
}

/** Returns crashes, in which a service cannot log the write in flight. A stopped service finishes it first. */
export function crashesOf(history: History, service: string): DownTime[] {
  return downTimesOf(history, service).filter(({ kind }) => kind !== 'stopped');
}

/** Returns the last known node of an observer at a time. */
export function nodeOf(history: History, observer: string, at: number): string | undefined {
  const seen = [
    ...history.incidents.filter(({ service, kind }) => service === observer && kind === 'connected'),
    ...history.observations.filter((observation) => observation.observer === observer),
  ].filter((seen) => seen.at <= at && seen.node !== undefined);
  return seen.reduce<(typeof seen)[number] | undefined>(
    (latest, next) => (latest && latest.at > next.at ? latest : next),
    undefined,
  )?.node;
}

/** Returns whether a partition separates two nodes at a time. */
export function isolated(windows: readonly FaultWindow[], one: string, other: string, at: number): boolean {
  return windows.some(
    ({ parts, injectedAt, healedAt }) =>
      parts !== undefined &&
      at >= injectedAt &&
      at <= healedAt &&
      !parts.some((part) => part.includes(one) && part.includes(other)),
  );
}

/** Returns the seconds since the lab started, as in the charts. */
export function clock({ startedAt }: History, at: number): string {
  return `${seconds(at - startedAt)} s`;
}

/** Formats microseconds as seconds. */
export function seconds(micros: number): string {
  return (micros / 1e6).toFixed(2);
}

/** Returns `0.12`, or `0.12 to 1.30` if the values differ. */
export function rangeOf(micros: readonly number[]): string {
  const [low, high] = [seconds(Math.min(...micros)), seconds(Math.max(...micros))];
  return low === high ? low : `${low} to ${high}`;
}

/** Returns `1 write` or `2 writes`. */
export function plural(count: number, thing: string): string {
  return `${count.toLocaleString('en-US')} ${thing}${count === 1 ? '' : 's'}`;
}

const FEW = 5;

/** Lists the first few of many names. */
export function few(names: readonly string[]): string {
  const rest = names.length - FEW;
  return rest > 0
    ? `${names.slice(0, FEW).join(', ')} and ${rest.toLocaleString('en-US')} more`
    : names.join(', ');
}
