/** A password that stands in a file, so that it need not stand in an environment. */
import { readFileSync } from 'node:fs';
import { SettingsError } from './settings.ts';
import { shown } from './value.ts';

/**
 * The password in a file, read anew whenever it is asked for: a connection made after a rotation has the new one.
 * @throws SettingsError if the file cannot be read now, or is empty. Later, what was last read is kept, for the file
 * may be in the middle of being replaced.
 */
export function passwordIn(path: string): () => string {
  let password = readPassword(path);
  return () => {
    try {
      password = readPassword(path);
    } catch {
      // Told of at the start; now the node decides whether the last one still counts.
    }
    return password;
  };
}

function readPassword(path: string): string {
  const problem = (reason: string) =>
    new SettingsError([
      `KEYDB_PASSWORD_FILE: expected a readable file with a password, got "${shown(path)}" (${shown(reason)})`,
    ]);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw problem((error as Error).message);
  }
  // Editors and echo end a line; no password of ours does.
  const password = text.replace(/\r?\n$/, '');
  if (password === '') throw problem('it is empty');
  return password;
}
