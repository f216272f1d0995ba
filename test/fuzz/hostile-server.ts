/** Runs a TCP server that follows the protocol until a trigger, and then sends a hostile case. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { Decoder } from '../../toolkit/node/resp.ts';

/** Trigger of the hostile case: a new connection, or this command. */
export type Stage = 'connect' | 'hello' | 'subscribe' | 'get' | 'set' | 'ping' | 'info';

export interface HostileCase {
  name: string;
  stage: Stage;
  /** Bytes in place of the reply (`latin1`). */
  bytes: string;
  /** Next step: closes the connection, stays silent, or repeats a block, either endlessly or at intervals. */
  after: 'close' | 'silence' | { endless: string } | { trickle: string };
}

/** Shorter than the timeout of a client that measures from the last byte. */
const TRICKLE_MS = 20;

const HELLO =
  '%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n6.3.4\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:3\r\n' +
  '$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n';

export class HostileServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #case: HostileCase;
  /** Number of connections that received the current case. */
  met = 0;
  /** Bytes that endless cases have sent. */
  sent = 0;

  private constructor(first: HostileCase) {
    this.#case = first;
    this.#server = createServer((socket) => this.#join(socket));
  }

  /** Opens a server on a free port, and closes it after the test. */
  static async open(t: Pick<TestContext, 'after'>, first: HostileCase): Promise<HostileServer> {
    const hostile = new HostileServer(first);
    hostile.#server.listen(0, '127.0.0.1');
    await once(hostile.#server, 'listening');
    t.after(() => {
      for (const socket of hostile.#sockets) socket.destroy();
      hostile.#server.close();
    });
    return hostile;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Sets the case for all further connections. */
  play(next: HostileCase): void {
    this.#case = next;
    this.met = 0;
  }

  #join(socket: Socket): void {
    const { stage } = this.#case;
    const played = this.#case;
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    if (stage === 'connect') {
      this.#turn(socket, played);
      return;
    }
    let turned = false;
    const decoder = new Decoder((command) => {
      const words = (command as Buffer[]).map(String);
      if (turned) return;
      turned = words[0]?.toLowerCase() === stage;
      if (turned) this.#turn(socket, played);
      else socket.write(goodReply(words));
    });
    socket.on('data', (data) => {
      if (!turned) decoder.take(data);
    });
  }

  #turn(socket: Socket, { bytes, after }: HostileCase): void {
    this.met += 1;
    // Reads and discards all data, so that a client that still writes is not blocked.
    socket.resume();
    socket.write(bytes, 'latin1');
    if (after === 'close') socket.end();
    else if (after === 'silence') return;
    else if ('trickle' in after) this.#trickle(socket, after.trickle);
    else this.#sendWithoutEnd(socket, Buffer.from(after.endless, 'latin1'));
  }

  #trickle(socket: Socket, bytes: string): void {
    const timer = setInterval(() => socket.write(bytes, 'latin1'), TRICKLE_MS);
    socket.once('close', () => clearInterval(timer));
  }

  #sendWithoutEnd(socket: Socket, block: Buffer): void {
    const send = () => {
      if (socket.destroyed) return;
      this.sent += block.length;
      if (socket.write(block)) setImmediate(send);
      else socket.once('drain', send);
    };
    send();
  }
}

function goodReply([name = '', ...channels]: string[]): string {
  switch (name.toLowerCase()) {
    case 'hello':
      return HELLO;
    case 'ping':
      return '+PONG\r\n';
    case 'get':
      return '_\r\n';
    case 'info':
      return bulk(`run_id:${'f'.repeat(40)}\r\ntcp_port:1\r\nloading:0\r\ndb0:keys=1,expires=0\r\n`);
    case 'subscribe':
    case 'psubscribe':
      return channels.map((one, i) => `>3\r\n${bulk(name.toLowerCase())}${bulk(one)}:${i + 1}\r\n`).join('');
    default:
      return '+OK\r\n';
  }
}

/** Encodes a text as a bulk string. */
export function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}
