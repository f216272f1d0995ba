/** Splits SQL into statements, and these into tokens, without comments. */

export interface Token {
  /** `plain`: a word, a number, or a sign. */
  kind: 'plain' | 'string' | 'name';
  /** Without quotes. */
  text: string;
  line: number;
}

/** White space and comments; a string; a quoted name; a word; a number; a sign. */
const TOKEN =
  /(\s+|--[^\n]*\n?|\/\*.*?\*\/)|'([^']*(?:''[^']*)*)'(?!')|"([^"]*(?:""[^"]*)*)"(?!")|`([^`]*)`|[A-Za-z_][\w$]*|[-+]?(?:\d[\d.]*|\.[\d.]*)(?:[eE][-+]?\d+)?|./sy;
/** Begins a token whose end is missing. */
const UNFINISHED = /^(?:'|"|`|\/\*)/;

/** Yields the tokens of each statement, without its semicolon. @throws Error that names the line of an open quote. */
export async function* statements(chunks: AsyncIterable<Buffer>): AsyncGenerator<Token[]> {
  let [text, line] = ['', 1];
  let tokens: Token[] = [];
  /** Yields what is complete. The last token may continue in the next chunk. */
  function* complete(isEnd: boolean): Generator<Token[]> {
    let at = 0;
    while (at < text.length) {
      TOKEN.lastIndex = at;
      const match = TOKEN.exec(text) as RegExpExecArray;
      const isOpen = match[0].length === 1 && UNFINISHED.test(text.slice(at, at + 2));
      if (!isEnd && (isOpen || TOKEN.lastIndex === text.length)) break;
      if (isOpen) throw new Error(`line ${line}: the end of ${text.slice(at, at + 2)} is missing`);
      at = TOKEN.lastIndex;
      line += match[0].split('\n').length - 1;
      if (match[0] === ';') {
        yield tokens;
        tokens = [];
      } else if (match[1] === undefined) tokens.push(tokenOf(match, line));
    }
    text = text.slice(at);
  }
  for await (const chunk of chunks) {
    text += chunk.toString('latin1');
    yield* complete(false);
  }
  yield* complete(true);
  if (tokens.length > 0) yield tokens;
}

function tokenOf([text, , string, name, otherName]: RegExpExecArray, line: number): Token {
  if (string !== undefined) return { kind: 'string', text: string.replaceAll("''", "'"), line };
  if (name !== undefined) return { kind: 'name', text: name.replaceAll('""', '"'), line };
  if (otherName !== undefined) return { kind: 'name', text: otherName, line };
  return { kind: 'plain', text, line };
}
