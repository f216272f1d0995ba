/**
 * The grammar of the shared key and of the handshakes: a name (any words), then word-number pairs, the last of which is
 * `timestamp`.
 *
 *     Writer seq 42 micros 1725543675123456 timestamp 1725543675
 *     Python01 timestamp 1725543675
 *
 * `timestamp` stays last because existing clients of this pattern read the last word as an integer.
 */

/** The pairs with a meaning. The name ends at the first of these words; other pairs after it are ignored. */
const KNOWN_PAIRS = ['seq', 'micros', 'timestamp'] as const;
type KnownPair = (typeof KNOWN_PAIRS)[number];

/** Maximum length of a value: far above any sensible one, far below one that harms a log or a parser. */
const MAX_LENGTH = 1_000;
/** Maximum characters of a malformed value in a log line. */
const MAX_SHOWN = 200;

export interface Value {
  /** Name of the writer or observer. */
  name: string;
  /** Sequence number of this writer's writes; absent if the writer does not count. */
  seq?: number;
  /** Unix microseconds of the write; absent if the writer has only seconds. */
  micros?: number;
  /** Unix seconds of the write. */
  timestamp: number;
  /** The text of the value. */
  text: string;
}

export type Parsed = { ok: true; value: Value } | { ok: false; reason: string };

/** Parses a value; never throws. `reason` describes the problem for a log line. */
export function parseValue(text: string): Parsed {
  if (text === '') return malformed('it is empty');
  if (text.length > MAX_LENGTH) return malformed(`it has ${text.length} characters, more than ${MAX_LENGTH}`);
  if (hasBinary(text)) return malformed('it holds binary data or control characters');

  const words = text.trim().split(/ +/);
  const start = words.findIndex((word) => isKnown(word));
  if (start === -1) return malformed('it has no timestamp');
  if (start === 0) return malformed('it has no name before its first pair');
  return parsePairs(words.slice(0, start).join(' '), words.slice(start), text);
}

function parsePairs(name: string, words: string[], text: string): Parsed {
  const known: Partial<Record<KnownPair, number>> = {};
  for (let i = 0; i < words.length; i += 2) {
    const word = words[i] as string;
    const number = words[i + 1];
    if (number === undefined) return malformed(`a word trails at the end: ${cut(word)}`);
    if (!isKnown(word)) {
      if (!/^-?\d+(\.\d+)?$/.test(number)) return malformed(`${cut(word)} is not followed by a number`);
      continue;
    }
    if (word in known) return malformed(`${word} occurs twice`);
    if (!/^\d+$/.test(number)) return malformed(`${word} is not a whole number: ${cut(number)}`);
    if (!Number.isSafeInteger(Number(number))) return malformed(`${word} is too large: ${cut(number)}`);
    known[word] = Number(number);
  }
  const { seq, micros, timestamp } = known;
  if (timestamp === undefined) return malformed('it has no timestamp');
  if (words.at(-2) !== 'timestamp') return malformed('timestamp is not its last pair');
  return {
    ok: true,
    value: {
      name,
      timestamp,
      text,
      ...(seq !== undefined && { seq }),
      ...(micros !== undefined && { micros }),
    },
  };
}

/** How the services write values, see VALUE_FORMAT in settings.ts. */
export type ValueFormat = 'full' | 'classic';

/** Returns the text of a value; `timestamp` is the whole second of `micros` (Unix microseconds). */
export function formatValue(name: string, seq: number | undefined, micros: number): string {
  const count = seq === undefined ? '' : ` seq ${seq}`;
  return `${name}${count} micros ${micros} timestamp ${Math.floor(micros / 1e6)}`;
}

/** Returns the text of a value with whole seconds and no `seq`; `timestamp` in Unix seconds. */
export function formatClassic(name: string, timestamp: number): string {
  return `${name} timestamp ${timestamp}`;
}

/**
 * Returns the handshake of `observer` for a write, sent at `micros` (Unix microseconds). A classic handshake has the
 * `timestamp` of the write instead: without `seq`, this is what tells the writer which write it is for.
 */
export function formatHandshake(
  observer: string,
  write: Value,
  micros: number,
  format: ValueFormat = 'full',
): string {
  const name = `Handshake from ${observer} for ${write.name}`;
  return format === 'classic' ? formatClassic(name, write.timestamp) : formatValue(name, write.seq, micros);
}

/** Parses a handshake's name; `undefined` if the value is not a handshake. */
export function parseHandshakeName(name: string): { observer: string; writer: string } | undefined {
  const names = /^Handshake from (?<observer>\S+) for (?<writer>.+)$/.exec(name)?.groups;
  return names && ({ ...names } as { observer: string; writer: string });
}

/**
 * Returns whether `value` is newer than, the same as, or older than `known`, both of one writer. Compares `micros`. If
 * one has none, compares `timestamp`; then another value of the same second counts as newer.
 */
export function compareAge(value: Value, known: Value): 'newer' | 'same' | 'older' {
  if (value.text === known.text) return 'same';
  if (value.micros !== undefined && known.micros !== undefined && value.micros !== known.micros) {
    // Stryker disable next-line EqualityOperator: equal micros do not get here
    return value.micros > known.micros ? 'newer' : 'older';
  }
  return value.timestamp >= known.timestamp ? 'newer' : 'older';
}

/** Returns a text for a log line or an error: printable, and truncated. */
export function shown(text: string, length = MAX_SHOWN): string {
  return cut(text, length).replace(/[\p{C}]/gu, '�');
}

function cut(text: string, length = 40): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

function isKnown(word: string): word is KnownPair {
  return (KNOWN_PAIRS as readonly string[]).includes(word);
}

/** Decoding replaces invalid UTF-8 with U+FFFD. */
function hasBinary(text: string): boolean {
  return /[\p{Cc}\uFFFD]/u.test(text);
}

function malformed(reason: string): Parsed {
  return { ok: false, reason: shown(reason) };
}
