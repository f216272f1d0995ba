/** The ports of `npm start` and `npm run cluster`. Each one has a fixed distance from the base port, 7001. */
import { SERVICES, type Service } from '../../common/services.ts';
import type { LocalOptions } from './options.ts';

/** A process that `npm start` starts in addition to the nodes. */
export type Program = Service | 'monitor';

const NODES = 3;
/** Distances from the base port: 7080 for the monitor, 7091 for the first service. */
const [MONITOR, FIRST_SERVICE] = [79, 90];

type PortOptions = Pick<LocalOptions, 'basePort' | 'monitor' | 'controls'>;

export function nodePorts({ basePort }: Pick<PortOptions, 'basePort'>): number[] {
  return Array.from({ length: NODES }, (_, i) => basePort + i);
}

/** Returns the port of the live page. */
export function pagePort({ basePort }: Pick<PortOptions, 'basePort'>): number {
  return basePort + MONITOR;
}

/** Returns the port of each process that serves metrics; empty without the monitor. */
export function metricsPorts(options: PortOptions): Map<Program, number> {
  const { monitor, basePort } = options;
  if (!monitor) return new Map();
  const services = SERVICES.map((name, i) => [name, basePort + FIRST_SERVICE + i] as const);
  return new Map<Program, number>([...services, ['monitor', pagePort(options)]]);
}

/** Returns the port through which a node receives the writes of another: 7012 for those of 7002 on their way to 7001. */
export function linkPort({ basePort }: PortOptions, to: number, from: number): number {
  return from + 10 * (to - basePort + 1);
}

/** Returns all ports at which a process will listen. */
export function allPorts(options: PortOptions): number[] {
  const nodes = nodePorts(options);
  const links = nodes.flatMap((to) =>
    nodes.filter((from) => from !== to).map((from) => linkPort(options, to, from)),
  );
  return [...nodes, ...(options.controls === undefined ? [] : links), ...metricsPorts(options).values()];
}
