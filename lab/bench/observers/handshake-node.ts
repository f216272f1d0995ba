/** The node that receives an observer's handshakes: its home node, or a write node if the home node rejects writes. */
import type { Node } from '../../../common/nodes.ts';
import type { Settings } from '../../../common/settings.ts';

export function handshakeNodeOf({
  HOME_NODE,
  WRITE_NODES,
}: Pick<Settings, 'HOME_NODE' | 'WRITE_NODES'>): Node {
  const [writeNode = HOME_NODE] = WRITE_NODES;
  return WRITE_NODES.some(({ name }) => name === HOME_NODE.name) ? HOME_NODE : writeNode;
}

/** Returns the client that observes and the client that sends the handshakes: one client if both use one node. */
export async function openBoth<Client>(
  settings: Settings,
  open: (node: Node) => Promise<Client>,
): Promise<[Client, Client]> {
  const client = await open(settings.HOME_NODE);
  const node = handshakeNodeOf(settings);
  return [client, node === settings.HOME_NODE ? client : await open(node)];
}
