/** Finds the replication links in the INFO of the nodes, and the names of the nodes at their ends. Pure. */
import type { Link, NodeState, Replica } from './mesh-state.ts';

/** Names of nodes by the address that their peers use. */
export type PeerNames = ReadonlyMap<string, string>;

/** Returns the links from the view of the nodes that receive. */
export function linksOf(nodes: readonly NodeState[], names: PeerNames): Link[] {
  return nodes.flatMap((node) => {
    const masters = node.reading?.info.masters ?? [];
    const peers = peersOf(
      node,
      masters.map(({ host, port }) => ({ name: `${host}:${port}`, port })),
      nodes,
      names,
    );
    return masters.map(({ up, syncing }, i): Link => {
      const status = up ? 'up' : syncing ? 'syncing' : 'down';
      return { node: node.name, peer: peers[i] ?? '', status };
    });
  });
}

/** Returns the links from the view of the nodes that send. */
export function replicasOf(nodes: readonly NodeState[], names: PeerNames): Replica[] {
  return nodes.flatMap((node) => {
    const { replicas = [], offset = 0 } = node.reading?.info ?? {};
    // Offset 0: the replica has just connected, and has not confirmed anything.
    const online = replicas.filter((replica) => replica.online && replica.offset > 0);
    const peers = peersOf(node, online, nodes, names);
    return online.map(
      (replica, i): Replica => ({
        node: node.name,
        peer: peers[i] ?? '',
        unackedBytes: Math.max(0, offset - replica.offset),
        ackAgeSeconds: replica.lagSeconds,
      }),
    );
  });
}

interface PeerAddress {
  name: string;
  port: number;
}

/** Returns the name of each peer. An address that no single node has stays an address. */
function peersOf(
  node: NodeState,
  addresses: readonly PeerAddress[],
  nodes: readonly NodeState[],
  names: PeerNames,
): string[] {
  const found = addresses.map((address) =>
    nameOf(
      address,
      nodes.filter((other) => other !== node),
      names,
    ),
  );
  return addresses.map(({ name: address }, i) => {
    const name = found[i];
    return name !== undefined && found.indexOf(name) === found.lastIndexOf(name) ? name : address;
  });
}

function nameOf(
  { name, port }: PeerAddress,
  others: readonly NodeState[],
  names: PeerNames,
): string | undefined {
  const given = names.get(name) ?? others.find((other) => other.name === name)?.name;
  if (given !== undefined) return given;
  // Peers often use another host name than clients, but the same port.
  const samePort = others.filter(
    (other) => other.name.endsWith(`:${port}`) || other.reading?.info.port === port,
  );
  return samePort.length === 1 ? samePort[0]?.name : undefined;
}
