/** Reads a password from a file, as an alternative to an environment variable. */
import { readFileSync } from 'node:fs';
import { SettingsError } from './settings.ts';
import { shown } from './value.ts';

/**
 * Returns a function that reads the file at each call, so that a connection after a rotation uses the new password.
 * @param setting name of the setting that contains the path, for the error.
 * @throws SettingsError if the file is unreadable or empty now. After a later error, the function returns the last
 * password, because a rotation may be replacing the file.
 */
export function passwordIn(path: string, setting = 'KEYDB_PASSWORD_FILE'): () => string {
  let password = readPassword(path, setting);
  return () => {
    try {
      password = readPassword(path, setting);
    } catch {
      // The node decides whether it still accepts the last password.
    }
    return password;
  };
}

function readPassword(path: string, setting: string): string {
  const problem = (reason: string) =>
    new SettingsError([
      `${setting}: expected a readable file with a password, got "${shown(path)}" (${shown(reason)})`,
    ]);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw problem((error as Error).message);
  }
  // Editors and echo append a line end, which is not part of the password.
  const password = text.replace(/\r?\n$/, '');
  if (password === '') throw problem('it is empty');
  return password;
}
