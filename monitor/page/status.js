// @ts-check
// The sentence about nodes and links, which screen readers announce when it changes.
/** @import { Mesh } from '../page-state.ts' */
/** @import { Verdict } from './verdicts.js' */
import { plural } from './format.js';

/** @param {Mesh} mesh @param {Map<string, Verdict>} links */
export function describeMesh({ nodes }, links) {
  const down = nodes.filter(({ status }) => status !== 'up' && status !== 'unknown');
  const kinds = [...links.values()].map(({ kind }) => kind);
  const broken = kinds.filter((kind) => kind === 'down').length;
  const loading = kinds.filter((kind) => kind === 'behind').length;
  if (nodes.some(({ status }) => status === 'unknown'))
    return { text: 'Waiting for the nodes.', trouble: false };
  if (down.length + broken + loading === 0) {
    return {
      text: `All ${plural(nodes.length, 'node')} and ${plural(links.size, 'link')} are up.`,
      trouble: false,
    };
  }
  const parts = [
    ...(down.length === nodes.length
      ? ['No node answers.']
      : down.map(({ name, status }) => `${name} is down (${status}).`)),
    ...(broken > 0
      ? [`${broken} of ${plural(links.size, 'link')} ${broken === 1 ? 'is' : 'are'} down.`]
      : []),
    ...(loading > 0 ? [`${loading} of ${plural(links.size, 'link')} synchronizing.`] : []),
  ];
  return { text: parts.join(' '), trouble: true };
}
