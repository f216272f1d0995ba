/**
 * The users of the gateway and their rights, from the text of TABLE_ACL_FILE. KeyDB rejects rules with commands that it
 * does not know, so the gateway itself applies rules such as `~shop.* +TABLE.SELECT`. The syntax is that of the server's
 * access file, but a rule can name only TABLE commands.
 */
import { createHash } from 'node:crypto';
import { shown } from '../common/value.ts';
import { globRegExp } from './glob.ts';

export interface User {
  readonly name: string;
  on: boolean;
  /** Any password is accepted. */
  nopass: boolean;
  /** SHA-256 digests of the accepted passwords, in hexadecimal. */
  readonly digests: Set<string>;
  /** Patterns for the names of tables and namespaces, each with its expression. */
  readonly patterns: Map<string, RegExp>;
  /** TABLE commands, in upper case. */
  readonly commands: Set<string>;
  /** All commands other than TABLE commands; they also need the pattern `*`. */
  otherCommands: boolean;
}

/** Every user by name. */
export type Users = ReadonlyMap<string, User>;

/** The longest valid name of a table: 64 bytes, a dot, 64 bytes. */
const MAX_NAME = 129;

type Word = (user: User, tableCommands: readonly string[]) => void;

/** Rules without a value. */
const WORDS = new Map<string, Word>([
  ['on', (user) => Object.assign(user, { on: true })],
  ['off', (user) => Object.assign(user, { on: false })],
  ['nopass', (user) => setPasswords(user, true)],
  ['resetpass', (user) => setPasswords(user, false)],
  ['allkeys', ({ patterns }) => patterns.set('*', globRegExp('*'))],
  ['resetkeys', ({ patterns }) => patterns.clear()],
  ['+@table', ({ commands }, all) => addAll(commands, all)],
  ['-@table', ({ commands }) => commands.clear()],
  ['+@all', (user, all) => allowAll(user, all)],
  ['-@all', (user) => allowAll(user, [])],
]);

/**
 * Returns the users of an access file.
 * @param tableCommands names of all TABLE commands, in upper case.
 * @throws InvalidAccessFile that describes every invalid line.
 */
export function parseUsers(text: string, tableCommands: readonly string[]): Users {
  const users = new Map<string, User>();
  const problems: string[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    try {
      const user = parseLine(line.trim(), tableCommands);
      if (user === undefined) continue;
      if (users.has(user.name)) throw new Error(`expected each user once, got "${shown(user.name)}" again`);
      users.set(user.name, user);
    } catch (error) {
      problems.push(`line ${i + 1}: ${(error as Error).message}`);
    }
  }
  // A file that is being replaced may be empty for a moment.
  if (users.size === 0 && problems.length === 0) problems.push('contains no user, so no client could log in');
  if (problems.length > 0) throw new InvalidAccessFile(problems);
  return users;
}

export class InvalidAccessFile extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

/** Returns the user of a line; `undefined` for an empty line and for a comment. @throws Error that names the rule. */
function parseLine(line: string, tableCommands: readonly string[]): User | undefined {
  if (line === '' || line.startsWith('#')) return undefined;
  const [keyword, name, ...rules] = line.split(/\s+/);
  if (keyword !== 'user' || name === undefined) throw new Error('expected "user <name> <rule>..."');
  const user = newUser(name);
  for (const rule of rules) applyRule(user, rule, tableCommands);
  return user;
}

/** Returns a user without any right, as ACL SETUSER creates it. */
function newUser(name: string): User {
  const rights = { commands: new Set<string>(), otherCommands: false, patterns: new Map<string, RegExp>() };
  return { name, on: false, nopass: false, digests: new Set(), ...rights };
}

/** @throws Error that names the rule, unless it may contain a password. */
function applyRule(user: User, rule: string, tableCommands: readonly string[]): void {
  const word = WORDS.get(rule.toLowerCase());
  const [sign, value] = [rule[0], rule.slice(1)];
  const command = value.toUpperCase();
  if (word !== undefined) word(user, tableCommands);
  else if (sign === '#' && /^[0-9a-f]{64}$/i.test(value)) {
    user.nopass = false;
    user.digests.add(value.toLowerCase());
  } else if (sign === '~' && value !== '') user.patterns.set(value, globRegExp(value));
  else if (sign === '+' && tableCommands.includes(command)) user.commands.add(command);
  else if (sign === '-' && tableCommands.includes(command)) user.commands.delete(command);
  else throw new Error(`user ${shown(user.name)}: ${problemOf(sign, rule)}`);
}

function problemOf(sign: string | undefined, rule: string): string {
  if (sign === '>' || sign === '<' || sign === '#' || sign === '!')
    return 'expected a password as # and its SHA-256 digest in 64 hexadecimal digits (printf %s <password> | sha256sum)';
  if (sign === '+' || sign === '-')
    return `expected a TABLE command, @table, or @all after ${sign}, got "${shown(rule, 80)}"`;
  return `expected on, off, nopass, #<digest>, ~<pattern>, +<command>, or -<command>, got "${shown(rule, 80)}"`;
}

/** Removes all passwords. */
function setPasswords(user: User, nopass: boolean): void {
  user.nopass = nopass;
  user.digests.clear();
}

function allowAll(user: User, tableCommands: readonly string[]): void {
  user.commands.clear();
  addAll(user.commands, tableCommands);
  user.otherCommands = tableCommands.length > 0;
}

function addAll(set: Set<string>, items: readonly string[]): void {
  for (const item of items) set.add(item);
}

/** Returns whether a user may log in with a password. */
export function accepts(user: User | undefined, password: Buffer): user is User {
  // The digest is computed for unknown users, too, so that the time of the reply does not show which users exist.
  const digest = createHash('sha256').update(password).digest('hex');
  return user?.on === true && (user.nopass || user.digests.has(digest));
}

/** Returns whether a user may use commands other than TABLE commands. */
export function isUnlimited(user: User): boolean {
  return user.otherCommands && user.patterns.has('*');
}

/** Returns whether one of a user's patterns matches the name of a table or namespace. */
export function mayAccess({ patterns }: User, name: Buffer): boolean {
  if (patterns.has('*')) return true;
  // A longer name is never valid, and matching it against several asterisks could take long.
  if (name.length > MAX_NAME) return false;
  const text = name.toString('latin1');
  for (const pattern of patterns.values()) if (pattern.test(text)) return true;
  return false;
}
