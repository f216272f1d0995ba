/** The TABLE commands: one row per command, in the order of TABLE.HELP. */

export interface TableCommand {
  /** Upper-case name. Clients may write it in any case. */
  name: string;
  /** Flags that COMMAND reports. */
  flags: readonly ['write' | 'readonly', 'module'];
  /** Arity that COMMAND reports. It accepts any number of arguments; the script checks `args`. */
  arity: -1;
  /** Position of the argument that names the table or the namespace; 0: there is none. */
  firstKey: 0 | 1 | 2;
  lastKey: 0 | 1 | 2;
  step: 0 | 1;
  /** Allowed number of arguments, with the command itself. */
  args: readonly [least: number, most: number];
  /** Files of table/lua/, without `.lua`, that form the script, in this order. */
  lua: readonly string[];
  /** Lines of TABLE.HELP. */
  help: readonly string[];
}

const ANY = Number.POSITIVE_INFINITY;
/** Pieces for reading the rows that a statement selects. */
const FIND = 'open limit bytes numbers predicate find clause';
/** Pieces for writing rows together with their index entries. */
const WRITE = 'types assignments entries';
const DROP = 'limit registry drop';
const COLUMN = 'col:type[:index]';
const CONDITIONS = '<cond> [AND|OR <cond> ...]';

export const commands: readonly TableCommand[] = [
  write('TABLE.NAMESPACE.CREATE', [2, 2], 'registry namespace-create', ['<namespace>']),
  read('TABLE.NAMESPACE.VIEW', 0, [1, 2], 'bytes registry all-tables namespace-view', [
    '[<namespace>] - lists namespace:table of all tables, or of those in one namespace',
  ]),
  write('TABLE.NAMESPACE.DROP', [2, 3], `open-namespace ${DROP} force namespace-drop`, [
    '<namespace> FORCE - deletes the namespace and its tables',
  ]),
  read('TABLE.SCHEMA.VIEW', 1, [2, 2], 'open schema-view', [
    '<namespace.table> - lists the columns, their types, and whether they have an index',
  ]),
  write('TABLE.SCHEMA.CREATE', [3, ANY], 'new-table limit numbers columns index registry schema-create', [
    `<namespace.table> <${COLUMN}> [<${COLUMN}> ...]`,
    '  Types: string, integer, float, date (YYYY-MM-DD)',
    '  Index: hash, btree, none (default: none); true and false are old names of hash and none',
  ]),
  write('TABLE.SCHEMA.ALTER', [4, ANY], 'open limit numbers columns index schema-alter', [
    `<namespace.table> ADD COLUMN <${COLUMN}> | ADD INDEX <col> | DROP INDEX <col>`,
    '  ADD INDEX builds the index from the existing rows',
  ]),
  write('TABLE.SCHEMA.DROP', [2, 3], `open ${DROP} force table-drop`, [
    '<namespace.table> FORCE - same as TABLE.DROP',
  ]),
  write('TABLE.INSERT', [3, ANY], `open numbers ${WRITE} new-entries counter insert`, [
    '<namespace.table> <col>=<value> [<col>=<value> ...] - returns the id of the row',
  ]),
  read('TABLE.SELECT', 1, [2, ANY], `${FIND} sorted select`, [
    `<namespace.table> [WHERE ${CONDITIONS}]`,
    '  Condition: <col><op><value> as one argument. Operators: = > < >= <=',
    '  = requires an indexed column',
  ]),
  write('TABLE.UPDATE', [5, ANY], `${FIND} ${WRITE} new-entries update`, [
    `<namespace.table> [WHERE] ${CONDITIONS} SET <col>=<value> [<col>=<value> ...] - returns the number of rows`,
  ]),
  write('TABLE.DELETE', [2, ANY], `${FIND} entries delete`, [
    `<namespace.table> [WHERE ${CONDITIONS}] - returns the number of rows`,
  ]),
  write('TABLE.DROP', [2, 3], `open ${DROP} force table-drop`, [
    '<namespace.table> FORCE - deletes the table, its rows, and its indexes',
  ]),
  read('TABLE.EXPLAIN', 2, [3, ANY], `explained ${FIND} explain`, [
    '<SELECT|UPDATE|DELETE> <namespace.table> ... - shows how the statement finds its rows, and changes nothing',
  ]),
  read('TABLE.HELP', 0, [1, ANY], 'help', ['']),
];

type Keys = TableCommand['firstKey'];

function write(name: string, args: [number, number], lua: string, help: string[]): TableCommand {
  return row(name, 'write', 1, args, `fence ${lua}`, help);
}

function read(name: string, key: Keys, args: [number, number], lua: string, help: string[]): TableCommand {
  return row(name, 'readonly', key, args, lua, help);
}

function row(
  name: string,
  access: 'write' | 'readonly',
  key: Keys,
  args: [number, number],
  lua: string,
  [usage = '', ...notes]: string[],
): TableCommand {
  return {
    name,
    flags: [access, 'module'],
    arity: -1,
    firstKey: key,
    lastKey: key,
    step: key === 0 ? 0 : 1,
    args,
    lua: lua.split(' '),
    help: [`${name} ${usage}`.trim(), ...notes],
  };
}
