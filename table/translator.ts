/** Translates the requests of one client: what the node gets instead of a request, if it does not get it as it is. */
import type { Argument } from '../toolkit/node/resp.ts';
import type { Calls } from './calls.ts';
import { commands } from './commands.ts';
import { type ModuleList, moduleListReply } from './module-list.ts';
import { argumentsOf, type Request } from './request.ts';
import { scripts } from './scripts.ts';

/** Requests by kind, since the start. */
export interface RequestCounts {
  /** TABLE commands. */
  table: number;
  /** Requests that the gateway answers, with a call of a script. */
  answered: number;
  /** Requests that the node gets as they are. */
  passed: number;
}

/** Longer names belong to none of the commands that concern the gateway. */
const MAX_NAME = 32;
/** First letters of the names that concern the gateway: CLIENT, COMMAND, HELLO, MODULE, RESET, TABLE. */
const CONCERNING = new Uint8Array(256);
for (const letter of 'CHMRTchmrt') CONCERNING[letter.charCodeAt(0)] = 1;

/** The rows that COMMAND shows in addition to those of the node. */
const ROWS = JSON.stringify(
  commands.map(({ name, arity, flags, firstKey, lastKey, step }) => {
    return { name, arity, flags, firstKey, lastKey, step };
  }),
);

export class Translator {
  readonly #calls: Calls;
  readonly #modules: ModuleList;
  readonly #counts: RequestCounts;
  /** RESP version, as far as the requests show it. */
  #protocol: 2 | 3 = 2;
  /** Whether the node sends replies: false after CLIENT REPLY OFF. */
  expectsReplies = true;

  constructor(calls: Calls, modules: ModuleList, counts: RequestCounts) {
    this.#calls = calls;
    this.#modules = modules;
    this.#counts = counts;
  }

  /** Returns what the node gets instead of the request; `undefined`: the request as it is. */
  translate(request: Request): readonly Buffer[] | undefined {
    const { bytes, nameStart, nameEnd } = request;
    const concerns = CONCERNING[bytes[nameStart] as number] === 1 && nameEnd - nameStart <= MAX_NAME;
    const translated = concerns ? this.#translate(request) : undefined;
    if (translated === undefined) this.#counts.passed += 1;
    return translated;
  }

  #translate(request: Request): readonly Buffer[] | undefined {
    const { bytes, count, end, nameStart, nameEnd } = request;
    const name = bytes.toString('latin1', nameStart, nameEnd).toUpperCase();
    if (name.startsWith('TABLE.') && scripts.has(name)) {
      this.#counts.table += 1;
      return [this.#calls.head(name, count - 1), bytes.subarray(nameEnd + 2, end)];
    }
    if (name === 'COMMAND') return this.#command(argumentsOf(request).slice(1));
    if (name === 'MODULE') return this.#module(argumentsOf(request));
    if (name === 'CLIENT' && count === 3) this.#noteReplies(argumentsOf(request));
    if (name === 'HELLO' && count > 1) this.#noteVersion(argumentsOf(request)[1]);
    if (name === 'RESET') this.#protocol = 2;
    return undefined;
  }

  #command(args: readonly Buffer[]): readonly Buffer[] | undefined {
    if (!dependsOnTable(args)) return undefined;
    return this.answer('command', [`${this.#protocol}`, ROWS, ...args]);
  }

  #module(args: readonly Buffer[]): readonly Buffer[] | undefined {
    if (args.length !== 2 || upper(args[1]) !== 'LIST') return undefined;
    return this.answer('reply', moduleListReply(this.#modules, this.#protocol));
  }

  /** A node rejects other versions, and HELLO with a wrong password. After the latter, the version noted here is wrong. */
  #noteVersion(version: Buffer | undefined): void {
    if (version?.length === 1 && (version[0] === 0x32 || version[0] === 0x33))
      this.#protocol = version[0] === 0x33 ? 3 : 2;
  }

  #noteReplies([, subcommand, value]: readonly Buffer[]): void {
    if (upper(subcommand) === 'REPLY') this.expectsReplies = upper(value) !== 'OFF';
  }

  /** Returns the call of a script that gives the client a reply of the gateway. */
  answer(script: string, args: readonly Argument[]): readonly Buffer[] {
    this.#counts.answered += 1;
    return [this.#calls.encoded(script, args)];
  }
}

function upper(argument: Buffer | undefined): string | undefined {
  return argument?.toString('latin1').toUpperCase();
}

/** Returns whether the reply to COMMAND with these arguments contains TABLE commands. The node rejects invalid arguments. */
function dependsOnTable(args: readonly Buffer[]): boolean {
  const subcommand = upper(args[0]) ?? 'INFO';
  if (subcommand === 'COUNT') return args.length === 1;
  if (subcommand === 'LIST') return args.length === 1 || args.length === 4;
  if (subcommand.startsWith('GETKEYS')) return scripts.has(upper(args[1]) ?? '');
  return subcommand === 'INFO';
}
