/**
 * Decides on each request of one client connection, if TABLE_ACL_FILE is set. The connection to the home node is then
 * logged in as the gateway's own user, so the gateway handles AUTH itself and forwards no command that the client's user
 * may not run.
 */
import { shown } from '../common/value.ts';
import { accepts, isUnlimited, mayAccess, type User, type Users } from './access-rules.ts';

/** What the gateway does with a request. */
export type Verdict =
  /** Forwards it. */
  | { kind: 'forward' }
  /** Forwards this request instead. */
  | { kind: 'replace'; request: readonly Buffer[] }
  /** Forwards a TABLE.NAMESPACE.VIEW that shows only tables whose names match one of these patterns. */
  | { kind: 'filter'; patterns: readonly string[] }
  /** Forwards nothing. The reply is this status, or this error. */
  | { kind: 'status'; text: string }
  | { kind: 'error'; text: string };

/** The part of a row of the command table that access rules depend on. */
export interface GuardedCommand {
  /** Position of the name of a table or namespace in the request; 0: none. */
  firstKey: number;
}

const FORWARD: Verdict = { kind: 'forward' };
const DEFAULT_USER = 'default';

/** Commands that every user may run: they concern only the connection, or describe commands. */
const FOR_EVERY_USER = new Set([
  ...['PING', 'ECHO', 'SELECT', 'QUIT', 'MULTI', 'EXEC', 'DISCARD', 'COMMAND', 'MODULE|LIST'],
  ...['SETNAME', 'GETNAME', 'ID', 'SETINFO', 'INFO'].map((name) => `CLIENT|${name}`),
]);
const WITH_SUBCOMMANDS = ['CLIENT', 'MODULE'];
/** Part of a command's name that an error repeats. */
const MAX_NAME = 40;

const NOAUTH = 'NOAUTH Authentication required.';
const NOAUTH_HELLO =
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time';
const WRONGPASS = 'WRONGPASS invalid username-password pair or user is disabled.';
const NO_PASSWORD =
  'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?';
const NOPERM_NAME = 'NOPERM this user has no permissions to access one of the keys used as arguments';
/** After RESET, the node would treat the connection as one of its default user. */
const NO_RESET = 'ERR the gateway does not support RESET with TABLE_ACL_FILE: open another connection';

export class Guard {
  readonly #users: () => Users;
  readonly #tableCommands: ReadonlyMap<string, GuardedCommand>;
  /** Name of the user that logged in. */
  #name: string | undefined;
  #inTransaction = false;

  /**
   * @param users returns the current users, because the file may change.
   * @param tableCommands by name, in upper case.
   */
  constructor(users: () => Users, tableCommands: ReadonlyMap<string, GuardedCommand>) {
    this.#users = users;
    this.#tableCommands = tableCommands;
    // As in the server, a default user without a password needs no AUTH.
    if (users().get(DEFAULT_USER)?.nopass) this.#name = DEFAULT_USER;
  }

  /** The user of the connection; `undefined` before it has logged in, and if the user has been removed or turned off. */
  get user(): User | undefined {
    const user = this.#name === undefined ? undefined : this.#users().get(this.#name);
    return user?.on ? user : undefined;
  }

  /** @param request the command and its arguments. */
  decide(request: readonly Buffer[]): Verdict {
    const verdict = this.#decide(request);
    if (verdict.kind === 'error') return this.#inTransaction ? abort(verdict.text) : verdict;
    if (request.length === 1) this.#trackTransaction(commandOf(request));
    return verdict;
  }

  #decide(request: readonly Buffer[]): Verdict {
    const command = commandOf(request);
    if (command === 'AUTH') return this.#auth(request);
    if (command === 'HELLO') return this.#hello(request);
    if (command === 'RESET') return error(NO_RESET);
    const { user } = this;
    if (user === undefined) return command === 'QUIT' ? FORWARD : error(NOAUTH);
    const { firstKey } = this.#tableCommands.get(command) ?? {};
    if (firstKey !== undefined)
      return decideOnTable(user, command, firstKey === 0 ? undefined : request[firstKey]);
    if (isUnlimited(user) || FOR_EVERY_USER.has(nameWithSubcommand(command, request))) return FORWARD;
    return error(noPermission(command.toLowerCase()));
  }

  #auth([, ...words]: readonly Buffer[]): Verdict {
    const [first, second] = words;
    if (first === undefined || words.length > 2)
      return error("ERR wrong number of arguments for 'auth' command");
    if (second === undefined && this.#users().get(DEFAULT_USER)?.nopass) return error(NO_PASSWORD);
    const [name, password] = second === undefined ? [Buffer.from(DEFAULT_USER), first] : [first, second];
    return this.#logIn(name, password) ? { kind: 'status', text: 'OK' } : error(WRONGPASS);
  }

  /** Forwards HELLO without its credentials. */
  #hello(request: readonly Buffer[]): Verdict {
    const { credentials, others } = splitHello(request);
    // The node rejects another version before it reads the credentials.
    const isValidVersion = ['2', '3'].includes(String(request[1]));
    if (credentials && isValidVersion && !this.#logIn(...credentials)) return error(WRONGPASS);
    if (this.user === undefined) return error(NOAUTH_HELLO);
    return credentials ? { kind: 'replace', request: others } : FORWARD;
  }

  /** Keeps the previous user if the password is wrong, as the server does. */
  #logIn(userName: Buffer, password: Buffer): boolean {
    const name = userName.toString();
    if (!accepts(this.#users().get(name), password)) return false;
    this.#name = name;
    return true;
  }

  #trackTransaction(command: string): void {
    if (command === 'MULTI') this.#inTransaction = true;
    else if (command === 'EXEC' || command === 'DISCARD') this.#inTransaction = false;
  }
}

function decideOnTable(user: User, command: string, name: Buffer | undefined): Verdict {
  if (!user.commands.has(command)) return error(noPermission(command));
  // The script reports a missing name.
  if (name !== undefined && !mayAccess(user, name)) return error(NOPERM_NAME);
  const { patterns } = user;
  if (command === 'TABLE.NAMESPACE.VIEW' && !patterns.has('*'))
    return { kind: 'filter', patterns: [...patterns.keys()] };
  return FORWARD;
}

/** Separates the credentials of HELLO from its other words. */
function splitHello(request: readonly Buffer[]): { credentials?: [Buffer, Buffer]; others: Buffer[] } {
  let credentials: [Buffer, Buffer] | undefined;
  const others = request.slice(0, 2);
  for (let at = 2; at < request.length; ) {
    const option = String(request[at]).toUpperCase();
    const [name, password] = request.slice(at + 1, at + 3);
    if (option === 'AUTH' && name && password) {
      credentials = [name, password];
      at += 3;
    } else {
      const words = option === 'SETNAME' ? 2 : request.length;
      others.push(...request.slice(at, at + words));
      at += words;
    }
  }
  return { ...(credentials && { credentials }), others };
}

/**
 * Returns the request for an error in a transaction. The node must see an error, too, or EXEC would run the rest. An
 * unknown command with this name causes one whose text contains the reason.
 */
function abort(reason: string): Verdict {
  return { kind: 'replace', request: [Buffer.from(reason)] };
}

function commandOf([command]: readonly Buffer[]): string {
  return command?.toString('latin1').toUpperCase() ?? '';
}

function nameWithSubcommand(command: string, [, subcommand]: readonly Buffer[]): string {
  if (!WITH_SUBCOMMANDS.includes(command)) return command;
  return `${command}|${subcommand?.toString('latin1').toUpperCase()}`;
}

function error(text: string): Verdict {
  return { kind: 'error', text };
}

function noPermission(command: string): string {
  return `NOPERM this user has no permissions to run the '${shown(command, MAX_NAME)}' command or its subcommand`;
}
