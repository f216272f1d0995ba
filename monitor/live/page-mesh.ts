/** Converts the state of the mesh to what the page shows of nodes and links. */
import type { Link, MeshState, NodeState } from '../mesh-state.ts';
import type { PageLink, PageNode } from '../page-state.ts';

/** Maximum characters of the value of a key that any client can set. */
const MAX_TEXT = 200;

export function pageNode({ name, status, reason, since, keys, reading }: NodeState): PageNode {
  const value = keys ? keys.value : reading?.value;
  const { interval } = keys ?? {};
  return {
    ...{ name, status, reason, since },
    ...(value && {
      value: {
        writer: value.name.slice(0, MAX_TEXT),
        text: value.text.slice(0, MAX_TEXT),
        ...(value.seq !== undefined && { seq: value.seq }),
        ...(value.micros !== undefined && { micros: value.micros }),
        timestamp: value.timestamp,
      },
    }),
    ...(interval !== undefined && { interval: interval?.slice(0, MAX_TEXT) ?? null }),
  };
}

/** Remembers the links of nodes that are down, because only a node that answers reports its links. */
export class PageLinks {
  readonly #known = new Map<string, Link>();

  of({ nodes, links, pairs }: MeshState): PageLink[] {
    const names = new Set(nodes.map(({ name }) => name));
    const answers = new Set(nodes.filter(({ reading }) => reading).map(({ name }) => name));
    for (const [key, { node, peer }] of this.#known) {
      if (answers.has(node)) this.#known.delete(key);
      else this.#known.set(key, { node, peer, status: 'down' });
    }
    for (const link of links) if (names.has(link.peer)) this.#known.set(`${link.peer} ${link.node}`, link);
    const sorted = [...this.#known].sort(([one], [other]) => (one < other ? -1 : 1));
    return sorted.map(([, { node: to, peer: from, status }]) => {
      const pair = pairs.find((one) => one.from === from && one.to === to);
      return {
        ...{ from, to, status, received: pair?.received ?? 0, lost: pair?.lost ?? 0 },
        ...(pair?.lastSeconds !== undefined && { canarySeconds: inMicros(pair.lastSeconds) }),
        ...(pair?.jitterSeconds !== undefined && { jitterSeconds: inMicros(pair.jitterSeconds) }),
      };
    });
  }
}

/** Rounds seconds to microseconds. */
function inMicros(seconds: number): number {
  return Number(seconds.toFixed(6));
}
