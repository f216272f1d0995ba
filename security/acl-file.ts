/** The access file of a node: who may do what, with digests of passwords and no password. */
import { createHash } from 'node:crypto';
import { SettingsError } from '../common/settings.ts';
import { type RuleSettings, USER_NAMES, USERS, type User, type UserName } from './users.ts';

/** As access files and ACL SETUSER take it, behind a `#`. */
export function digestOf(password: string): string {
  return createHash('sha256').update(password).digest('hex');
}

/**
 * The text of the access file.
 * @param passwords every password that each user may use: two in the middle of a rotation.
 * @throws SettingsError if a key has a character that access rules cannot express.
 */
export function aclFile(passwords: Record<UserName, readonly string[]>, settings: RuleSettings): string {
  refuseSpaces(settings);
  const lines = USER_NAMES.map((name) => {
    const digests = passwords[name].map((password) => `#${digestOf(password)}`);
    return ['user', name, 'on', ...digests, ...rulesOf(USERS[name], settings)].join(' ');
  });
  return `user default reset off\n${lines.join('\n')}\n`;
}

/** What a user may do, in the words of an access file. */
export function rulesOf({ keys, channels, commands }: User, settings: RuleSettings): string[] {
  return [
    // Otherwise a user has all channels in KeyDB, and none in Redis.
    'resetchannels',
    ...keys(settings).map((pattern) => `~${pattern}`),
    ...channels(settings).map((pattern) => `&${pattern}`),
    '-@all',
    ...commands(settings).map((command) => `+${command}`),
  ];
}

/** The rules in an access file and those that the settings ask for, without digests: equal if nothing has changed. */
export function rulesIn(text: string, settings: RuleSettings): { found: string; expected: string } {
  const nobody = Object.fromEntries(USER_NAMES.map((name) => [name, []])) as unknown as Record<
    UserName,
    string[]
  >;
  return { found: text.replaceAll(/ #[0-9a-f]{64}/g, ''), expected: aclFile(nobody, settings) };
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
