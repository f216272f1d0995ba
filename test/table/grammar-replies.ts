/** Replies that many cases of the grammar have. */
import type { Shown } from './statements.ts';

/** A statement that is written as one text, and its reply. */
export type Case = [statement: string, reply: Shown];

export const OK = '+OK';
export const NO_CONDITION = '-ERR condition must be <col><op><value>';
export const NO_INDEX = '-ERR search cannot be done on non-indexed column';
export const NO_WORD = '-ERR expected AND/OR between conditions';
export const DANGLING = '-ERR dangling operator';
export const INVALID = '-ERR invalid column or type';
export const NO_FIELD = '-ERR each field must be <col>=<value>';
export const NO_ASSIGNMENT = '-ERR SET expects <col>=<value>';
export const NO_TABLE = '-ERR table schema does not exist';
export const BAD_INDEX = "-ERR index must be 'hash', 'btree', 'none' (or deprecated 'true'/'false')";
export const arity = (name: string) => `-ERR wrong number of arguments for '${name}' command`;
