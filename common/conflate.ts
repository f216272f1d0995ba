/**
 * Conflation where it is cheapest: of identical notifications in a row that arrive together, one is passed on, and the
 * client library decodes one where there were hundreds. Nothing stands between them, so the read that the one leads to
 * is sent after the last of them has come, and brings what all of them tell of.
 */
import { ReplyLimits } from './reply-limits.ts';

const MESSAGE = Buffer.from('>3\r\n$7\r\nmessage\r\n');

/** Takes repetitions out of a stream of RESP3, chunk by chunk. */
export class Runs {
  readonly #replies = new ReplyLimits();

  /**
   * The chunk without repetitions of a notification that is whole in it; what is cut off at an end stays.
   * @throws Error if what a node sends breaks a limit or is no reply.
   */
  pass(chunk: Buffer): Buffer {
    const kept: Buffer[] = [];
    let from = 0;
    for (let at = 0; at < chunk.length; ) {
      const begins = this.#replies.between;
      const end = this.#replies.follow(chunk, at);
      const whole = begins && this.#replies.between;
      const next = whole && isMessage(chunk, at, end) ? endOfRun(chunk, at, end) : end;
      if (next > end) {
        kept.push(chunk.subarray(from, end));
        from = next;
      }
      at = next;
    }
    return kept.length === 0 ? chunk : Buffer.concat([...kept, chunk.subarray(from)]);
  }
}

function isMessage(chunk: Buffer, start: number, end: number): boolean {
  return end - start > MESSAGE.length && MESSAGE.compare(chunk, start, start + MESSAGE.length) === 0;
}

/** Where the repetitions end that follow the reply from `start` to `end`: as many at once as there may be, else fewer. */
function endOfRun(chunk: Buffer, start: number, end: number): number {
  const length = end - start;
  let at = end;
  let frames = Math.floor((chunk.length - at) / length);
  while (frames > 0) {
    // Bytes that equal those one frame further on repeat that frame all the way.
    const same =
      chunk.compare(chunk, at - length, at + (frames - 1) * length, at, at + frames * length) === 0;
    if (same) at += frames * length;
    frames = same ? Math.min(frames, Math.floor((chunk.length - at) / length)) : Math.floor(frames / 2);
  }
  return at;
}
