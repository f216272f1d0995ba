/**
 * Composes the Lua scripts of the TABLE commands from the files in table/lua/.
 *
 * Each script contains only the pieces that its command needs, because a script creates its functions on every call.
 * `ARGV` is: strict (0 or 1) with the run id of the home node, scan limit, then the arguments of the command as the client
 * sent them. There are no KEYS. Without a run id, a statement runs on any node.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../toolkit/root.ts';
import { commands, type TableCommand } from './commands.ts';

export interface Script {
  /** SHA-1 digest of the body, for EVALSHA. */
  sha: string;
  body: string;
}

/**
 * Scripts for the gateway itself, with their pieces. Like the commands, they get strict, the run id, and the scan limit first.
 *
 * - `reply` returns the reply that its arguments describe: pairs of a RESP type and its value, such as `+ OK`,
 *   `- ERR text`, `$ bytes`, `: 1`, `* 2` and `% 1` (followed by the elements), and `_` with an empty value.
 *   A map becomes an array of keys and values if the client's protocol is RESP2.
 * - `view` is TABLE.NAMESPACE.VIEW of a user with limited rights: number of patterns, patterns (like those of KEYS, for
 *   `ns.table`), then the arguments of the client.
 * - `command` is COMMAND with the TABLE commands: version of RESP, rows of the commands as JSON, then the arguments of the
 *   client.
 * - `takeover` makes the node the home node, raises the id counter of every table of the database to its highest id plus its
 *   argument, and returns the number of tables.
 */
const INTERNAL: Record<string, string> = {
  reply: 'reply',
  view: 'bytes registry matching-tables namespace-view',
  command: 'command',
  takeover: 'registry counter takeover',
};

const pieces = new Map<string, string>();

/** All scripts, by upper-case name of the command or by name of the internal script. */
export const scripts: ReadonlyMap<string, Script> = new Map([
  ...commands.map((command): [string, Script] => [
    command.name,
    script([constants(command), 'base', arity(command), ...command.lua]),
  ]),
  ...Object.entries(INTERNAL).map(([name, lua]): [string, Script] => [
    name,
    script(['base', ...lua.split(' ')]),
  ]),
]);

/** Returns the script of a part list: names of files in table/lua/, or lines of Lua. */
function script(parts: string[]): Script {
  const body = parts
    .filter((part) => part !== '')
    .map((part) => (/^[a-z-]+$/.test(part) ? piece(part) : part))
    .join('\n');
  return { sha: createHash('sha1').update(body).digest('hex'), body };
}

/** Returns the text of a file in table/lua/, without comments and blank lines. */
function piece(name: string): string {
  let text = pieces.get(name);
  if (text === undefined) {
    text = readFileSync(join(root, 'table/lua', `${name}.lua`), 'utf8').replace(/^\s*(--.*)?\n/gm, '');
    pieces.set(name, text);
  }
  return text.trimEnd();
}

/** Returns the check of the number of arguments. `ARGV` has two more arguments, and not the command itself. */
function arity({ name, args: [least, most] }: TableCommand): string {
  const wrong = [
    ...(least > 1 ? [`#ARGV < ${least + 1}`] : []),
    ...(Number.isFinite(most) ? [`#ARGV > ${most + 1}`] : []),
  ];
  if (wrong.length === 0) return '';
  return `if ${wrong.join(' or ')} then return {err = "ERR wrong number of arguments for '${name}' command"} end`;
}

/** Returns the lines of TABLE.HELP as a Lua table, for the script of TABLE.HELP only. */
function constants({ name }: TableCommand): string {
  if (name !== 'TABLE.HELP') return '';
  const lines = commands.flatMap(({ help }) => help);
  return `local LINES = {${lines.map((line) => JSON.stringify(line)).join(', ')}}`;
}
