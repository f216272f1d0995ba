/** Where the nodes are and how to log in there, from the command line. */
import { type Node, parseNode } from '../../common/nodes.ts';

/** What it takes to reach one node. */
export interface Address extends Node {
  /** `host:port`, without credentials: the only form that is ever printed. */
  name: string;
  username?: string;
  password?: string;
  tls?: { ca?: Buffer };
  /** The only database to look at on this node. Absent: as the run says. */
  db?: number;
}

/** What nodes without credentials or scheme of their own use. */
export type Defaults = Pick<Address, 'username' | 'password' | 'tls'>;

const DEFAULT_PORT = 6379;

const RESERVED = 'reserved characters in a user name or password as %XX';
const EXPECTED = `host:port, redis://user:password@host:port/db or rediss://…; ${RESERVED}`;

/**
 * Reads a comma-separated list of `host:port`, `redis://[user[:password]@]host[:port][/db]` and `rediss://…`.
 * @throws Error that says what was expected, without repeating a password.
 */
export function parseAddresses(text: string, defaults: Defaults): Address[] {
  const addresses = splitList(text).map((part) => parseAddress(part, defaults, text.includes('@')));
  const names = addresses.map((address) => `${address.name}/${address.db ?? ''}`);
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (twice >= 0) throw new Error(`each node once, but ${addresses[twice]?.name} stands there twice`);
  return addresses;
}

/** Commas separate nodes; one inside a password (not followed by a new address) must be written %2C. */
function splitList(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

/** @param secret the text may be part of a password with a comma in it, so it is not repeated. */
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

/** The text is never repeated in an error here: where its password begins and ends is not known. */
function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const known = url !== undefined && ['redis:', 'rediss:'].includes(url.protocol) && url.hostname !== '';
  // Where a password has a ? or # in it, what is before that would be taken for the host.
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
