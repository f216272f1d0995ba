/** Whether bytes are a whole snapshot: its first bytes, its end and its checksum. What is inside is a server's business. */
import { Crc64 } from './crc64.ts';

const MAGIC = /^REDIS\d{4}$/;
const MAGIC_BYTES = 9;
/** The mark of the end, and the checksum behind it. */
const END_BYTES = 9;
const END = 0xff;
/** Stands for the checksum where the server does not compute one (`rdbchecksum no`). */
const UNCHECKED = Buffer.alloc(8);

export interface RdbFacts {
  /** Of the format; a server reads its own and older ones. */
  version: number;
  bytes: number;
  /** False where the server that wrote it computes no checksums. */
  checked: boolean;
}

/** Takes the bytes of a snapshot as they come. */
export class RdbCheck {
  readonly #crc = new Crc64();
  #start = Buffer.alloc(0);
  /** The last bytes so far: the checksum is not part of what it sums up. */
  #end = Buffer.alloc(0);
  #bytes = 0;

  /** @throws Error as soon as the bytes cannot be those of a snapshot. */
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

  /** What it was, at the end of the bytes. @throws Error that says what is wrong with them. */
  finish(): RdbFacts {
    const version = this.#version();
    const checksum = this.#end.subarray(1);
    if (this.#end.length < END_BYTES || this.#end[0] !== END) {
      throw new Error('it has no end: it was cut short or damaged');
    }
    this.#crc.update(this.#end.subarray(0, 1));
    const checked = !checksum.equals(UNCHECKED);
    if (checked && !checksum.equals(this.#crc.digest())) {
      throw new Error('its checksum does not fit its content: it was cut short or damaged');
    }
    return { version, bytes: this.#bytes, checked };
  }

  #version(): number {
    const magic = this.#start.toString('latin1');
    if (!MAGIC.test(magic)) throw new Error('it does not begin as a snapshot (RDB) does');
    return Number(magic.slice(5));
  }
}
