/** The access file of a node: who may do what, with digests of passwords and no password. */
import { createHash } from 'node:crypto';
import { SettingsError } from '../common/settings.ts';
import { type RuleSettings, USER_NAMES, USERS, type User, type UserName } from './users.ts';

const DIGEST = / #[0-9a-f]{64}/g;

/** As access files and ACL SETUSER take it, behind a `#`. */
export function digestOf(password: string): string {
  return createHash('sha256').update(password).digest('hex');
}

/**
 * The text of an access file in which nobody has a password yet.
 * @throws SettingsError if a key has a character that access rules cannot express.
 */
export function aclFile(settings: RuleSettings): string {
  refuseSpaces(settings);
  const lines = USER_NAMES.map((name) => ['user', name, 'on', ...rulesOf(USERS[name], settings)].join(' '));
  return `user default reset off\n${lines.join('\n')}\n`;
}

/**
 * An access file with other passwords; its rules, and users that somebody added, stay as they are.
 * @param passwords every password that each user may use: two in the middle of a rotation.
 */
export function withPasswords(text: string, passwords: Record<UserName, readonly string[]>): string {
  return Object.entries(passwords).reduce((lines, [name, accepted]) => {
    const digests = accepted.map((password) => ` #${digestOf(password)}`).join('');
    return lines.replace(new RegExp(`^user ${name} .*$`, 'm'), (line) =>
      line.replaceAll(DIGEST, '').replace(` ${name}`, ` ${name}${digests}`),
    );
  }, text);
}

/** Each user of an access file but the default one, with the words that ACL SETUSER takes. */
export function usersIn(text: string): { name: string; words: string[] }[] {
  return text.split('\n').flatMap((line) => {
    const [keyword, name, ...words] = line.trim().split(/ +/);
    return keyword === 'user' && name !== undefined && name !== 'default' ? [{ name, words }] : [];
  });
}

/** What a user may do, in the words of an access file. */
function rulesOf({ keys, channels, commands }: User, settings: RuleSettings): string[] {
  return [
    // Otherwise a user has all channels in KeyDB, and none in Redis.
    'resetchannels',
    ...keys(settings).map((pattern) => `~${pattern}`),
    ...channels(settings).map((pattern) => `&${pattern}`),
    '-@all',
    ...commands(settings).map((command) => `+${command}`),
  ];
}

/** Whether the rules in an access file are those that the settings ask for. @throws SettingsError as `aclFile`. */
export function followsSettings(text: string, settings: RuleSettings): boolean {
  const lines = text.replaceAll(DIGEST, '').split('\n');
  return aclFile(settings)
    .split('\n')
    .every((line) => lines.includes(line));
}

function refuseSpaces(settings: RuleSettings): void {
  const problems = (['SHARED_KEY', 'HANDSHAKE_TEMPLATE'] as const)
    .filter((name) => /\s/.test(settings[name]))
    .map((name) => {
      const setting = name === 'HANDSHAKE_TEMPLATE' ? 'HANDSHAKE_KEY' : name;
      return `${setting}: expected a key without spaces, which access rules cannot express, got "${settings[name]}"`;
    });
  if (problems.length > 0) throw new SettingsError(problems);
}
