/** The access file of a node: users, their rules, and digests of their passwords, never a password. */
import { createHash } from 'node:crypto';
import { SettingsError } from '../../common/settings.ts';
import { type RuleSettings, USER_NAMES, USERS, type User, type UserName } from './users.ts';

const DIGEST = / #[0-9a-f]{64}/g;

/** The access file of the gateway (TABLE_ACL_FILE) at its creation. It then belongs to the operator. */
export const NEW_TABLE_ACL_FILE = `# Users of the gateway (npm run table). It applies each change of this file within a second.
# Add a line for each client, with the digest of its password (printf %s <password> | sha256sum), such as:
# user app on #<digest> ~shop.* +@table
user admin on ~* +@all
`;

/** Returns the digest that access files and ACL SETUSER accept after a `#`. */
export function digestOf(password: string): string {
  return createHash('sha256').update(password).digest('hex');
}

/**
 * Returns the text of an access file in which no user has a password yet.
 * @throws SettingsError if a key contains a character that access rules cannot express.
 */
export function aclFile(settings: RuleSettings): string {
  rejectSpaces(settings);
  const lines = USER_NAMES.map((name) => ['user', name, 'on', ...rulesOf(USERS[name], settings)].join(' '));
  return `user default reset off\n${lines.join('\n')}\n`;
}

/**
 * Returns an access file with other passwords. Rules and additional users do not change.
 * @param passwords every password that each user may use: two during a rotation.
 */
export function withPasswords(text: string, passwords: Partial<Record<UserName, readonly string[]>>): string {
  return Object.entries(passwords).reduce((lines, [name, accepted]) => {
    const digests = accepted.map((password) => ` #${digestOf(password)}`).join('');
    return lines.replace(new RegExp(`^user ${name} .*$`, 'm'), (line) =>
      line.replaceAll(DIGEST, '').replace(` ${name}`, ` ${name}${digests}`),
    );
  }, text);
}

/** Returns each user of an access file except the default one, with the arguments for ACL SETUSER. */
export function usersIn(text: string): { name: string; words: string[] }[] {
  return text.split('\n').flatMap((line) => {
    const [keyword, name, ...words] = line.trim().split(/ +/);
    return keyword === 'user' && name !== undefined && name !== 'default' ? [{ name, words }] : [];
  });
}

/** Returns a user's rules in the syntax of an access file. */
function rulesOf({ keys, channels, commands }: User, settings: RuleSettings): string[] {
  return [
    // Without this rule, a user may use all channels in KeyDB and none in Redis.
    'resetchannels',
    ...keys(settings).map((pattern) => `~${pattern}`),
    ...channels(settings).map((pattern) => `&${pattern}`),
    '-@all',
    ...commands(settings).map((command) => `+${command}`),
  ];
}

/** Returns whether the rules in an access file match the settings. @throws SettingsError as `aclFile`. */
export function followsSettings(text: string, settings: RuleSettings): boolean {
  const lines = text.replaceAll(DIGEST, '').split('\n');
  return aclFile(settings)
    .split('\n')
    .every((line) => lines.includes(line));
}

function rejectSpaces(settings: RuleSettings): void {
  const problems = (['SHARED_KEY', 'HANDSHAKE_TEMPLATE', 'INTERVAL_KEY'] as const)
    .filter((name) => /\s/.test(settings[name]))
    .map((name) => {
      const setting = name === 'HANDSHAKE_TEMPLATE' ? 'HANDSHAKE_KEY' : name;
      return `${setting}: expected a key without spaces, which access rules cannot express, got "${settings[name]}"`;
    });
  if (problems.length > 0) throw new SettingsError(problems);
}
