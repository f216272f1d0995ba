/** Translates the requests of one client whose rights the gateway checks (TABLE_ACL_FILE). */
import type { Guard } from './guard.ts';
import { argumentsOf, type Request, requestOf } from './request.ts';
import type { Translator } from './translator.ts';

export class GuardedTranslator {
  readonly #translator: Translator;
  readonly #guard: Guard;
  readonly #onDenied: (reason: string) => void;

  /** @param onDenied called with the text of each error. */
  constructor(translator: Translator, guard: Guard, onDenied: (reason: string) => void) {
    this.#translator = translator;
    this.#guard = guard;
    this.#onDenied = onDenied;
  }

  get expectsReplies(): boolean {
    return this.#translator.expectsReplies;
  }

  /** Returns what the node gets instead of the request; `undefined`: the request as it is. */
  translate(request: Request): readonly Buffer[] | undefined {
    const translator = this.#translator;
    const args = argumentsOf(request);
    const verdict = this.#guard.decide(args);
    switch (verdict.kind) {
      case 'forward':
        return translator.translate(request);
      case 'replace':
        return this.#translateOther(verdict.request);
      case 'filter':
        return translator.answer('view', [
          `${verdict.patterns.length}`,
          ...verdict.patterns,
          ...args.slice(1),
        ]);
      case 'status':
        return translator.answer('reply', ['+', verdict.text]);
      case 'error':
        this.#onDenied(verdict.text);
        return translator.answer('reply', ['-', verdict.text]);
    }
  }

  /** Translates a request that the client has not sent in this form. */
  #translateOther(args: readonly Buffer[]): readonly Buffer[] {
    const request = requestOf(args);
    return this.#translator.translate(request) ?? [request.bytes];
  }
}
