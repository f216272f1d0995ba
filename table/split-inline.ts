/** Splits an inline command, such as a person types it in telnet. The rules for quotes are those of the servers. */

const SPACES = /[ \t\r\v\f]*/y;
/** Plain characters, then at most one quoted part, which must end the argument. */
const ARGUMENT = /([^ \t\r\v\f"'\0]*)(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\'|\\(?!'))*)')?(?=[ \t\r\v\f]|$)/sy;
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|(.))/gs;
const ESCAPED: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };

/** Returns the arguments, none for an empty line; `undefined` if a quote is not closed or not followed by a space. */
export function splitInline(line: Buffer): Buffer[] | undefined {
  const text = line.toString('latin1');
  const args: Buffer[] = [];
  let at = 0;
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  for (match(SPACES); at < text.length; match(SPACES)) {
    const found = match(ARGUMENT);
    if (!found || found[0] === '') return undefined;
    const [, plain = '', double, single] = found;
    const quoted = double?.replace(ESCAPE, unescaped) ?? single?.replaceAll("\\'", "'") ?? '';
    args.push(Buffer.from(plain + quoted, 'latin1'));
  }
  return args;
}

function unescaped(_: string, hex: string | undefined, character = ''): string {
  return hex === undefined
    ? (ESCAPED[character] ?? character)
    : String.fromCharCode(Number.parseInt(hex, 16));
}
