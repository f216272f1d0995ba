/** Parses addresses and credentials of nodes from the command line. */
import { type CREDENTIALS, credentialsOf } from '../../common/client-options.ts';
import { assertDistinct, type Node, parseNode } from '../../common/nodes.ts';
import type { Settings } from '../../common/settings.ts';

/** The address and credentials of one node. */
export interface Address extends Node {
  /** `host:port` without credentials: the only form that is printed. */
  name: string;
  username?: string;
  password?: string;
  tls?: { ca?: Buffer };
  /** The only database to compare on this node. If omitted, the run's setting applies. */
  db?: number;
}

/** Defaults for nodes without credentials or scheme. */
export type Defaults = Pick<Address, 'username' | 'password' | 'tls'>;

/** Returns the defaults according to the settings. @throws SettingsError if a file cannot be read. */
export function defaultsOf(settings: Pick<Settings, (typeof CREDENTIALS)[number]>): Defaults {
  const { password, ...others } = credentialsOf(settings);
  return { ...others, ...(password && { password: password() }) };
}

const DEFAULT_PORT = 6379;

const RESERVED = 'reserved characters in a user name or password as %XX';
const EXPECTED = `host:port, redis://user:password@host:port/db or rediss://…; ${RESERVED}`;

/**
 * Parses a comma-separated list of `host:port`, `redis://[user[:password]@]host[:port][/db]`, and `rediss://…`.
 * @throws Error with the expected form, without the password.
 */
export function parseAddresses(text: string, defaults: Defaults): Address[] {
  const addresses = splitList(text).map((part) => parseAddress(part, defaults, text.includes('@')));
  assertDistinct(addresses.map(({ name, db }) => (db === undefined ? name : `${name}/${db}`)));
  return addresses;
}

/** Splits at every comma. Write a comma inside a password as %2C. */
function splitList(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

/** @param secret whether the text may be part of a password that contains a comma; then it is not printed. */
function parseAddress(text: string, defaults: Defaults, secret: boolean): Address {
  if (!/^\w+:\/\//.test(text)) {
    if (secret && !isNode(text)) throw new Error(EXPECTED);
    return { ...parseNode(text), ...defaults };
  }
  const url = parseUrl(text);
  const { host, port, name } = parseNode(`${url.hostname}:${url.port || DEFAULT_PORT}`);
  const db = databaseOf(url);
  const credentials =
    url.password === '' && url.username === ''
      ? { username: defaults.username, password: defaults.password }
      : { username: decode(url.username), password: decode(url.password) };
  return {
    host,
    port,
    name,
    ...(credentials.username && { username: credentials.username }),
    ...(credentials.password && { password: credentials.password }),
    ...(url.protocol === 'rediss:' && { tls: defaults.tls ?? {} }),
    ...(db !== undefined && { db }),
  };
}

/** Errors here never contain the text, because the limits of its password are unknown. */
function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const known = url !== undefined && ['redis:', 'rediss:'].includes(url.protocol) && url.hostname !== '';
  // If a password contains an unescaped ? or #, the URL parser takes the text before it as the host.
  if (!known || url.search !== '' || url.hash !== '') throw new Error(EXPECTED);
  return url;
}

function isNode(text: string): boolean {
  try {
    parseNode(text);
    return true;
  } catch {
    return false;
  }
}

function databaseOf(url: URL): number | undefined {
  const path = url.pathname.replace(/^\//, '');
  if (path === '') return undefined;
  if (!/^\d{1,6}$/.test(path)) throw new Error(`a number as the database, after host:port/; ${RESERVED}`);
  return Number(path);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error(RESERVED);
  }
}
