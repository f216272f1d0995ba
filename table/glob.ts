/** Compiles the server's glob patterns: `*`, `?`, `[a-z]`, `[^a]`, and `\` before a literal character. */

/** Asterisks, a class, an escaped character, or any other one. As in the server, the end of a class may be missing. */
const PART = /\*+|\[(\^?)((?:\\.|[^\]]-.|[^\]])*)\]?|\\(.)|./gs;
/** A member of a class: an escaped character, a range, or any other character. */
const MEMBER = /\\(.)|(.)-(.)|(.)/gs;

/** Returns an expression for text of one character per byte (`latin1`). */
export function globRegExp(pattern: string): RegExp {
  const bytes = Buffer.from(pattern).toString('latin1');
  const source = bytes.replace(PART, (part, not: string | undefined, members: string, escaped?: string) => {
    if (part[0] === '*') return '.*';
    if (part === '?') return '.';
    return not === undefined ? literal(escaped ?? part) : `[${not}${members.replace(MEMBER, member)}]`;
  });
  return new RegExp(`^${source}$`, 's');
}

/** The bounds of a range may be in either order. */
function member(_: string, escaped?: string, from?: string, to = '', other = ''): string {
  if (from === undefined) return literal(escaped ?? other);
  return [from, to].sort().map(literal).join('-');
}

function literal(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
