/** Checks properties with fixed seeds: each run tests the same cases, and a failure names its case. */
import assert from 'node:assert/strict';
import fc from 'fast-check';

const SEED = 20_240_905;

/**
 * Checks a property on `runs` cases.
 * @throws Error with seed, path, and the smallest failing case; `fc.assert(…, { seed, path })` repeats it.
 */
export function check<Case extends [unknown, ...unknown[]]>(
  arbitraries: { [I in keyof Case]: fc.Arbitrary<Case[I]> },
  property: (...given: Case) => void,
  runs = 2_000,
): void {
  fc.assert(fc.property(...(arbitraries as { [I in keyof Case]: fc.Arbitrary<Case[I]> }), property), {
    seed: SEED,
    numRuns: runs,
  });
}

/** Words that occur in settings and lists of nodes. */
export const SETTING_WORDS = [
  '127.0.0.1',
  '::1',
  '[::1]',
  '7001',
  'redis://',
  'rediss://',
  'true',
  'keyspace',
  '{service}',
  '{hostname}',
];

/** Any text: words of the grammars, Unicode, lone surrogates, control characters, and invalid UTF-8. */
export const anyText = (...words: string[]): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.uint16Array({ maxLength: 100 }).map((units) => String.fromCharCode(...units)),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('utf8')),
    fc
      .array(
        fc.oneof(fc.constantFrom('', ' ', ...words), fc.string({ maxLength: 5 }), fc.integer().map(String)),
      )
      .map((parts) => parts.join(' ')),
    fc
      .array(fc.oneof(fc.constantFrom(',', ':', '@', '/', '[', ']', ...words), fc.string({ maxLength: 5 })))
      .map((parts) => parts.join('')),
  );

/** Returns the message of the error that a function throws, or `undefined`. */
export function rejection(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    assert.equal((error as Error).name, 'Error');
    return (error as Error).message;
  }
}
