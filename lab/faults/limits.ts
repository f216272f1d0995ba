/** The limits of the checks, and how the services' settings extend them. All in microseconds. */
import type { History } from './history.ts';

/** The services' limit with the default settings. */
const USUAL = 2_000_000;

type Set = Pick<History, 'settings'>;

/**
 * Returns the time in which a service must recover. A service detects a hung node after at most 1.5 timeouts, and the
 * next node may cost another timeout. A silent fault counts as visible after the first timeout, so two cover the rest.
 */
export function recoveryLimit({ settings }: Set): number {
  return Math.max(USUAL, 2 * settings.NODE_TIMEOUT_MS * 1000);
}

/**
 * Returns the longest time from one write to the next on a node that answers. With WAIT_REPLICAS, the writer skips ticks
 * until a confirmation arrives, which takes up to half of NODE_TIMEOUT_MS while another node is down.
 */
export function longestWriteInterval({ settings }: Set): number {
  const { WRITE_INTERVAL_MS, WAIT_REPLICAS, NODE_TIMEOUT_MS } = settings;
  return (WRITE_INTERVAL_MS + (WAIT_REPLICAS > 0 ? NODE_TIMEOUT_MS / 2 : 0)) * 1000;
}
