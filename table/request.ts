/** Requests of clients. */

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

const CR = 13;

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
