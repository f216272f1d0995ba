/** Encodes calls of the Lua scripts. A TABLE request becomes such a call, and the rest of its bytes stays as it is. */
import { type Argument, type Command, encode } from '../toolkit/node/resp.ts';
import { type Script, scripts } from './scripts.ts';

/** Requests with more arguments are rare; their heads are not stored. */
const MAX_STORED = 64;

export class Calls {
  readonly #strict: string;
  readonly #scanLimit: string;
  /** Run id of the home node, without which a late statement could change another home node's tables. */
  #home = '';
  readonly #heads = new Map<string, (Buffer | undefined)[]>();

  constructor(strict: boolean, scanLimit: number) {
    this.#strict = strict ? '1' : '0';
    this.#scanLimit = String(scanLimit);
  }

  /** Sets the home node of all following calls. */
  useHome(runId: string): void {
    this.#home = runId;
    this.#heads.clear();
  }

  /** Returns the call of a script. */
  command(name: string, args: readonly Argument[]): Command {
    const { sha } = scripts.get(name) as Script;
    return ['EVALSHA', sha, '0', this.#strict + this.#home, this.#scanLimit, ...args];
  }

  /** Returns the encoded call of a script. */
  encoded(name: string, args: readonly Argument[]): Buffer {
    return Buffer.from(encode([this.command(name, args)]), 'latin1');
  }

  /** Returns the call of a script up to the arguments of the client, of which there are `count`. */
  head(name: string, count: number): Buffer {
    const stored = this.#heads.get(name)?.[count];
    if (stored !== undefined) return stored;
    const added = this.command(name, []);
    const text = encode([added]).replace(/^\*\d+/, `*${added.length + count}`);
    const head = Buffer.from(text, 'latin1');
    if (count < MAX_STORED) this.#store(name, count, head);
    return head;
  }

  /** Returns the call that gives the client an error. */
  error(text: string): Buffer {
    return this.encoded('reply', ['-', text]);
  }

  #store(name: string, count: number, head: Buffer): void {
    const heads = this.#heads.get(name) ?? [];
    heads[count] = head;
    this.#heads.set(name, heads);
  }
}
