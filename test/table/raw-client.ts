/** A client that returns the bytes of replies as the server sends them. One character of a text is one byte. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encode } from '../../toolkit/node/resp.ts';
import type { Scope } from '../helpers/ending.ts';

export type Statement = readonly string[];

/** Text after the reply to each statement. It has no meaning in RESP and is in no value of the tests. */
const MARK = 'end of the reply';
const MARK_REPLY = `$${MARK.length}\r\n${MARK}\r\n`;

export class RawClient {
  readonly #socket: Socket;
  /** Rejects when the connection is closed. */
  readonly #closed: Promise<never>;

  private constructor(socket: Socket) {
    this.#socket = socket.setEncoding('latin1');
    this.#closed = closed(socket);
    this.#closed.catch(() => {});
  }

  /** @param protocol version of RESP. @param db database for all statements. */
  static async open(t: Scope, port: number, protocol: 2 | 3 = 2, db = 0): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    t.after(() => socket.destroy());
    await once(socket, 'connect');
    const client = new RawClient(socket);
    await client.run([
      ['HELLO', String(protocol)],
      ['SELECT', String(db)],
    ]);
    return client;
  }

  /** Sends statements in one write. @returns their encoded replies. @throws Error if the connection is closed. */
  async run(statements: readonly Statement[]): Promise<string[]> {
    if (statements.length === 0) return [];
    const commands = statements.flatMap((statement) => [bytesOf(statement), bytesOf(['ECHO', MARK])]);
    this.#socket.write(encode(commands), 'latin1');
    let received = '';
    for (let found = 0; found < statements.length; ) {
      const start = Math.max(0, received.length - MARK_REPLY.length + 1);
      const chunk: string | null = this.#socket.read();
      if (chunk === null) await Promise.race([readable(this.#socket), this.#closed]);
      received += chunk ?? '';
      found += received.slice(start).split(MARK_REPLY).length - 1;
    }
    return received.split(MARK_REPLY).slice(0, -1);
  }
}

function bytesOf(words: Statement): Buffer[] {
  return words.map((word) => Buffer.from(word, 'latin1'));
}

function readable(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('readable', resolve));
}

/** A write after the server has closed its side fails, which is also a closed connection. */
async function closed(socket: Socket): Promise<never> {
  const cause = await new Promise((resolve) => socket.once('close', resolve).once('error', resolve));
  throw new Error('the server closed the connection', { cause });
}
