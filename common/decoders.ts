/** What a node sends, on its way into a client library's decoder. */
import { Runs } from './conflate.ts';

/** A reply in good order that is none to what was asked: the library's own words for it tell of its insides. */
export class UnfitReply extends Error {
  constructor(cause?: unknown) {
    super('sent a reply that does not fit what was asked', { cause });
  }
}

/**
 * Checks and shortens all that a library's decoders are given. Both libraries end a connection whose decoder throws; one
 * of them shows its socket to nobody, so the decoder is where both can be reached.
 */
export function guardDecoder(decoder: { prototype: { write(chunk: Buffer): void } }): void {
  const connections = new WeakMap<object, Runs>();
  const { write } = decoder.prototype;
  decoder.prototype.write = function (chunk) {
    let runs = connections.get(this);
    if (runs === undefined) {
      runs = new Runs();
      connections.set(this, runs);
    }
    const shortened = runs.shorten(chunk);
    try {
      write.call(this, shortened);
    } catch (cause) {
      throw new UnfitReply(cause);
    }
  };
}
