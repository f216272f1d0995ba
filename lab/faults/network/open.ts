/** Chooses the kind of network that this machine supports. */
import { Namespaces } from './namespaces.ts';
import type { Network } from './network.ts';
import { Proxies } from './proxies.ts';

export type Wanted = Network['kind'] | 'auto';

/**
 * Opens a network for a number of nodes: `auto` uses namespaces if they are permitted.
 * @param say receives the reason if they are not.
 * @throws Error if namespaces were requested and are not available.
 */
export async function openNetwork(
  wanted: Wanted,
  count: number,
  say: (line: string) => void,
): Promise<Network> {
  if (wanted === 'proxies') return Proxies.open(count);
  try {
    return await Namespaces.open(count);
  } catch (error) {
    const reason = (error as Error).message;
    if (wanted === 'namespaces') {
      throw new Error(
        `network namespaces are not available: ${reason}\nThey need root, iproute2, and iptables; or use --network proxies`,
      );
    }
    say(`network namespaces are not available (${reason}): links are cut by proxies`);
    return Proxies.open(count);
  }
}
