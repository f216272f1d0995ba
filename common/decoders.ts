/** What a node sends, on its way into a client library's decoder. */
import { Runs } from './conflate.ts';
import { ReplyLimits } from './reply-limits.ts';

let newFilter: () => { pass(chunk: Buffer): Buffer } = () => new ReplyLimits();

/** Has every connection that this process opens from now on pass on one of equal notifications in a row. */
export function conflateNotifications(): void {
  newFilter = () => new Runs();
}

/** A reply in good order that is none to what was asked: the library's own words for it tell of its insides. */
export class UnfitReply extends Error {
  constructor(cause?: unknown) {
    super('sent a reply that does not fit what was asked', { cause });
  }
}

/**
 * Filters all that a library's decoders are given. Both libraries end a connection whose decoder throws; one
 * of them shows its socket to nobody, so the decoder is where both can be reached.
 */
export function guardDecoder(decoder: { prototype: { write(chunk: Buffer): void } }): void {
  const filters = new WeakMap<object, ReturnType<typeof newFilter>>();
  const { write } = decoder.prototype;
  decoder.prototype.write = function (chunk) {
    let filter = filters.get(this);
    if (filter === undefined) {
      filter = newFilter();
      filters.set(this, filter);
    }
    const passed = filter.pass(chunk);
    try {
      write.call(this, passed);
    } catch (cause) {
      throw new UnfitReply(cause);
    }
  };
}
