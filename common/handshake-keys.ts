/** Recognizes the handshake keys of all observers by the template `HANDSHAKE_KEY`. */

/** Maximum keys stored for the poll. An observer has one key, so this only limits keys of unauthorized clients. */
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

  /** Returns whether the key belongs to an observer, and remembers it if so. */
  has(key: string): boolean {
    const matches = this.#pattern.test(key);
    if (matches && this.#seen.size < MAX_SEEN) this.#seen.add(key);
    return matches;
  }

  get seen(): Iterable<string> {
    return this.#seen;
  }
}

/** Returns the glob pattern that matches only this text. */
export function globOf(text: string): string {
  return text.replace(/[\\*?[\]^]/g, '\\$&');
}
