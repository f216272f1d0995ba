/** The handshake keys of all observers, as the template `HANDSHAKE_KEY` makes them. */

/** Keys remembered for the periodic read; one observer has one, so this only bounds what a stranger can make us keep. */
const MAX_SEEN = 1_000;
const PLACEHOLDER = '{service}';

export class HandshakeKeys {
  /** The template as a glob pattern for PSUBSCRIBE. */
  readonly glob: string;
  readonly #pattern: RegExp;
  readonly #seen = new Set<string>();

  constructor(template: string) {
    const parts = template.split(PLACEHOLDER);
    this.glob = parts.map(globOf).join('*');
    this.#pattern = new RegExp(
      `^${parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('[\\w.-]+')}$`,
    );
  }

  /** Whether the key is one of an observer; it is then among those seen. */
  has(key: string): boolean {
    const matches = this.#pattern.test(key);
    if (matches && this.#seen.size < MAX_SEEN) this.#seen.add(key);
    return matches;
  }

  get seen(): Iterable<string> {
    return this.#seen;
  }
}

/** The glob pattern that only this text matches. */
export function globOf(text: string): string {
  return text.replace(/[\\*?[\]^]/g, '\\$&');
}
