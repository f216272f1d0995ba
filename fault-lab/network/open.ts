/** Which network there can be here. */
import { Namespaces } from './namespaces.ts';
import type { Network } from './network.ts';
import { Proxies } from './proxies.ts';

export type Wanted = Network['kind'] | 'auto';

/**
 * Opens a network for so many nodes: `auto` takes namespaces where they are allowed.
 * @param say is told why not, if not.
 * @throws Error if namespaces were asked for and cannot be had.
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
        `no network namespaces here: ${reason}\nThey need root, iproute2 and iptables; --network proxies does without`,
      );
    }
    say(`no network namespaces here (${reason}): links are cut by proxies`);
    return Proxies.open(count);
  }
}
