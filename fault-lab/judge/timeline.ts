/** Who lived, and where, at what time: read from the history. */
import type { FaultWindow, History, Incident, Write } from '../history.ts';

const DEATHS: readonly Incident['kind'][] = ['killed', 'stopped', 'exited'];

/** From a death until the next start; `until` is infinite if it was not started again. */
export interface Death {
  kind: Incident['kind'];
  at: number;
  until: number;
}

/** When a write was made, in Unix microseconds of the lab's clock. */
export function writtenAt({ at, micros }: Write): number {
  return at ?? micros;
}

/** Whatever is neither an observer nor a node; `writer` if it said nothing. */
export function writerOf({ incidents, observers, nodes }: History): string {
  const others = incidents.filter(({ service }) => !observers.includes(service) && !nodes.includes(service));
  return others[0]?.service ?? 'writer';
}

/** Whether it was killed and not started again. What the lab stops in the end, as it would be in life, did all its work. */
export function killedForGood(history: History, service: string): boolean {
  return deathsOf(history, service).some(({ kind, until }) => kind === 'killed' && !Number.isFinite(until));
}

/** When a service ended, however it did, in the order of time. */
export function deathsOf({ incidents }: History, service: string): Death[] {
  const own = incidents.filter((incident) => incident.service === service).sort((a, b) => a.at - b.at);
  return own.flatMap(({ kind, at }) => {
    if (!DEATHS.includes(kind)) return [];
    const next = own.find((incident) => incident.kind === 'started' && incident.at > at);
    return [{ kind, at, until: next?.at ?? Number.POSITIVE_INFINITY }];
  });
}

/** Deaths that leave no time to say what was being sent; a service that is stopped finishes first. */
export function suddenDeathsOf(history: History, service: string): Death[] {
  return deathsOf(history, service).filter(({ kind }) => kind !== 'stopped');
}

/** The node that an observer was last seen on by then. */
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

/** Whether a fault keeps what is written on one node at that time from reaching another. */
export function apart(windows: readonly FaultWindow[], one: string, other: string, at: number): boolean {
  return windows.some(
    ({ parts, injectedAt, healedAt }) =>
      parts !== undefined &&
      at >= injectedAt &&
      at <= healedAt &&
      !parts.some((part) => part.includes(one) && part.includes(other)),
  );
}

/** Seconds since the lab started, as in the charts. */
export function clock({ startedAt }: History, at: number): string {
  return `${seconds(at - startedAt)} s`;
}

/** Microseconds as seconds, for people. */
export function seconds(micros: number): string {
  return (micros / 1e6).toFixed(2);
}

/** `0.12`, or `0.12 to 1.30` where they differ. */
export function rangeOf(micros: readonly number[]): string {
  const [low, high] = [seconds(Math.min(...micros)), seconds(Math.max(...micros))];
  return low === high ? low : `${low} to ${high}`;
}

/** `1 write`, `2 writes`. */
export function plural(count: number, thing: string): string {
  return `${count.toLocaleString('en-US')} ${thing}${count === 1 ? '' : 's'}`;
}

const FEW = 5;

/** The first few of many names. */
export function few(names: readonly string[]): string {
  const rest = names.length - FEW;
  return rest > 0
    ? `${names.slice(0, FEW).join(', ')} and ${rest.toLocaleString('en-US')} more`
    : names.join(', ');
}
