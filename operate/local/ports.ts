/** The ports at which the processes of `npm start -- --monitor` serve their metrics. */
import { SERVICES, type Service } from '../../common/services.ts';
import type { LocalOptions } from './options.ts';

/** A process that `npm start` starts in addition to the nodes. */
export type Program = Service | 'monitor';

/** Distances from the base port 7001: 7080 for the monitor, 7091 for the first service. */
const [MONITOR, FIRST_SERVICE] = [79, 90];

/** Returns the port of each process that serves metrics; empty without `--monitor`. */
export function metricsPorts({ monitor, basePort }: LocalOptions): Map<Program, number> {
  if (!monitor) return new Map();
  const services = SERVICES.map((name, i) => [name, basePort + FIRST_SERVICE + i] as const);
  return new Map<Program, number>([...services, ['monitor', basePort + MONITOR]]);
}
