// @ts-check
// Decides which nodes and links stand out. A difference counts only if it lasts: on its way through the mesh, a write is
// always on some nodes first.
/** @import { Mesh, PageLink, PageNode } from '../page-state.ts' */
import { plural } from './format.js';

const LASTS_MS = 1_000;

/** @typedef {NonNullable<PageNode['value']>} Value */
/** @typedef {{ kind: 'good' | 'down' | 'unknown' | 'behind' | 'other' | 'empty'; text: string }} Verdict */

export class Verdicts {
  /** The newest value of the mesh, as it changed. @type {{ at: number; rank: number }[]} */
  #newest = [];
  /** When the nodes began to have values of several writers. @type {number | undefined} */
  #mixedSince;
  /** @type {Map<string, { received: number; lost: number; losing: boolean }>} */
  #canaries = new Map();
  /** @type {Map<string, Verdict>} */
  nodes = new Map();
  /** @type {Map<string, Verdict>} */
  links = new Map();

  /** @param {Mesh} mesh Call it with each mesh, drawn or not. */
  update(mesh) {
    const values = mesh.nodes.flatMap(({ status, value }) => (status === 'up' && value ? [value] : []));
    const reference = referenceOf(values);
    this.#remember(mesh.at, reference);
    const mixed = values.some(({ writer }) => writer !== reference?.writer);
    this.#mixedSince = mixed ? (this.#mixedSince ?? mesh.at) : undefined;
    const lasting = this.#mixedSince !== undefined && mesh.at - this.#mixedSince >= LASTS_MS;
    this.nodes = new Map(mesh.nodes.map((node) => [node.name, this.#nodeVerdict(node, reference, lasting)]));
    this.links = new Map(mesh.links.map((link) => [linkId(link), this.#linkVerdict(link)]));
  }

  /** @param {number} at @param {Value | undefined} reference */
  #remember(at, reference) {
    const rank = reference ? rankOf(reference) : 0;
    const last = this.#newest.at(-1);
    // All nodes can lose the newest value, for example in a restart.
    if (last && rank < last.rank) this.#newest = [];
    if (!last || rank !== last.rank) this.#newest.push({ at, rank });
    // Keeps one that is old enough to count.
    while ((this.#newest[1]?.at ?? at) <= at - LASTS_MS) this.#newest.shift();
  }

  /**
   * @param {PageNode} node
   * @param {Value | undefined} reference
   * @param {boolean} mixed
   * @returns {Verdict}
   */
  #nodeVerdict({ status, value }, reference, mixed) {
    if (status === 'unknown') return { kind: 'unknown', text: 'not reached yet' };
    if (status !== 'up') return { kind: 'down', text: status };
    if (!value || !reference) return { kind: reference ? 'empty' : 'good', text: 'no value' };
    if (value.writer !== reference.writer) {
      return mixed
        ? { kind: 'other', text: `other value: ${value.writer}` }
        : { kind: 'good', text: value.writer };
    }
    const [since] = this.#newest;
    const outdated = since !== undefined && rankOf(value) < since.rank && rankOf(value) < rankOf(reference);
    if (!outdated) return { kind: 'good', text: value.writer };
    const behind = (reference.seq ?? 0) - (value.seq ?? 0);
    return { kind: 'behind', text: behind > 0 ? `${plural(behind, 'write')} behind` : 'older value' };
  }

  /** @param {PageLink} link @returns {Verdict} */
  #linkVerdict(link) {
    const { received, lost, status } = link;
    const before = this.#canaries.get(linkId(link)) ?? { received, lost, losing: false };
    const losing = received > before.received ? false : lost > before.lost || before.losing;
    this.#canaries.set(linkId(link), { received, lost, losing });
    if (status === 'down') return { kind: 'down', text: 'down' };
    if (status === 'syncing') return { kind: 'behind', text: 'synchronizing' };
    return losing ? { kind: 'down', text: 'writes lost' } : { kind: 'good', text: 'up' };
  }
}

/** @param {{ from: string; to: string }} link */
export function linkId({ from, to }) {
  return `${from} ${to}`;
}

/** Returns the newest value of the writer whose values most nodes have. @param {Value[]} values */
function referenceOf(values) {
  /** @param {Value} value */
  const votes = ({ writer }) => values.filter((other) => other.writer === writer).length;
  return values.toSorted((a, b) => votes(b) - votes(a) || rankOf(b) - rankOf(a))[0];
}

/** @param {Value} value */
function rankOf({ micros, timestamp }) {
  return micros ?? timestamp * 1e6;
}
