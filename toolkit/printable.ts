/** Formats bytes as readable text that programs can decode. Reports and JSON use the same form. Pure. */

const NAMED: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Keeps printable text (including UTF-8), doubles a backslash, and escapes other bytes as `\n`, `\r`, `\t`, or `\xHH`.
 */
export function printable(bytes: Buffer): string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return Array.from(bytes.toString('latin1'), (character) => escapeCharacter(character, 0x7e)).join('');
  }
  return Array.from(text, (character) => escapeCharacter(character, Number.POSITIVE_INFINITY)).join('');
}

/** Escapes and shortens a text to about this number of bytes. The end states how much was cut. */
export function printableCut(bytes: Buffer, limit = 80): string {
  if (bytes.length <= limit) return printable(bytes);
  return `${printable(bytes.subarray(0, wholeCharacters(bytes, limit)))}… (${bytes.length} bytes)`;
}

/** Does not cut inside a UTF-8 character, because then the whole text would count as binary. */
function wholeCharacters(bytes: Buffer, limit: number): number {
  let end = limit;
  while (end > limit - 4 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
}

function escapeCharacter(character: string, lastPrintable: number): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  if (code <= lastPrintable && !/[\p{C}\p{Zl}\p{Zp}]/u.test(character)) return character;
  return Array.from(
    lastPrintable === 0x7e ? Buffer.from(character, 'latin1') : Buffer.from(character),
    (byte) => `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
}
