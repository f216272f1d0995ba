/** Requests of clients. */
import { encode } from '../toolkit/node/resp.ts';

/** A request as a RESP array of bulk strings, at `start` of `bytes`. */
export interface Request {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** Number of arguments, including the command; at least 1. */
  readonly count: number;
  readonly nameStart: number;
  readonly nameEnd: number;
}

/** Input that ends the connection. The message is the text of the error reply. */
export class RequestError extends Error {
  /** The limit that was exceeded, or `protocol` for invalid RESP. */
  readonly kind: 'protocol' | 'request';

  constructor(kind: RequestError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

const [CR, LF] = [13, 10];

/** Returns all arguments of a request, as views. */
export function argumentsOf({ bytes, count, nameStart, nameEnd }: Request): Buffer[] {
  const args = [bytes.subarray(nameStart, nameEnd)];
  for (let at = nameEnd + 2; args.length < count; ) {
    const line = bytes.indexOf(CR, at);
    const start = line + 2;
    const end = start + Number(bytes.toString('latin1', at + 1, line));
    args.push(bytes.subarray(start, end));
    at = end + 2;
  }
  return args;
}

/** Returns a request with these arguments. */
export function requestOf(args: readonly Buffer[]): Request {
  const bytes = Buffer.from(encode([args]), 'latin1');
  const nameStart = bytes.indexOf(LF, bytes.indexOf(LF) + 1) + 1;
  const nameEnd = nameStart + (args[0]?.length ?? 0);
  return { bytes, start: 0, end: bytes.length, count: args.length, nameStart, nameEnd };
}
