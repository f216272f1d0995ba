/** Checks that bytes are a complete snapshot: magic, end mark, and checksum. Only a server decodes the content. */
import { Crc64 } from './crc64.ts';

const MAGIC = /^REDIS\d{4}$/;
const MAGIC_BYTES = 9;
/** The end mark and the checksum after it. */
const END_BYTES = 9;
const END = 0xff;
/** Replaces the checksum if the server computes none (`rdbchecksum no`). */
const UNCHECKED = Buffer.alloc(8);

export interface RdbFacts {
  /** Version of the format. A server reads its own version and older ones. */
  version: number;
  bytes: number;
  /** False if the server that wrote the snapshot computes no checksums. */
  checked: boolean;
}

/** Checks a snapshot chunk by chunk. */
export class RdbCheck {
  readonly #crc = new Crc64();
  #start = Buffer.alloc(0);
  /** The last bytes so far, not yet in the sum: the checksum does not cover itself. */
  #end = Buffer.alloc(0);
  #bytes = 0;

  /** Adds bytes. @throws Error as soon as they cannot belong to a snapshot. */
  update(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#start.length < MAGIC_BYTES) {
      this.#start = Buffer.concat([this.#start, chunk.subarray(0, MAGIC_BYTES - this.#start.length)]);
      if (this.#start.length === MAGIC_BYTES) this.#version();
    }
    const known =
      this.#end.length + chunk.length <= END_BYTES ? 0 : this.#end.length + chunk.length - END_BYTES;
    const fromEnd = Math.min(known, this.#end.length);
    this.#crc.update(this.#end.subarray(0, fromEnd));
    this.#crc.update(chunk.subarray(0, known - fromEnd));
    this.#end = Buffer.concat([this.#end.subarray(fromEnd), chunk.subarray(known - fromEnd)]);
  }

  /** Returns the facts after the last byte. @throws Error with the reason if the snapshot is invalid. */
  finish(): RdbFacts {
    const version = this.#version();
    const checksum = this.#end.subarray(1);
    if (this.#end.length < END_BYTES || this.#end[0] !== END) {
      throw new Error('the end mark is missing: the snapshot is truncated or damaged');
    }
    this.#crc.update(this.#end.subarray(0, 1));
    const checked = !checksum.equals(UNCHECKED);
    if (checked && !checksum.equals(this.#crc.digest())) {
      throw new Error('the checksum does not match: the snapshot is truncated or damaged');
    }
    return { version, bytes: this.#bytes, checked };
  }

  #version(): number {
    const magic = this.#start.toString('latin1');
    if (!MAGIC.test(magic)) throw new Error('the first bytes are not those of a snapshot (RDB)');
    return Number(magic.slice(5));
  }
}
