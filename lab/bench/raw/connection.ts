/** A raw socket to a node, with commands as bytes and replies by callback, to add as little overhead as possible. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { CREDENTIALS, credentialsOf } from '../../../common/client-options.ts';
import { parseNode } from '../../../common/nodes.ts';
import { pickSettings } from '../../../common/settings.ts';
import { Reader, type Reply } from './reader.ts';

type OnPush = (items: Reply[]) => void;

/** Encodes a command. Its words are plain ASCII here, so characters are bytes. */
export function command(...words: string[]): string {
  let bytes = `*${words.length}\r\n`;
  for (const word of words) bytes += `$${word.length}\r\n${word}\r\n`;
  return bytes;
}

export class Connection {
  readonly #socket: Socket;
  readonly #waiting: ((reply: Reply) => void)[] = [];
  #ended: Error | undefined;

  private constructor(socket: Socket, onPush: OnPush) {
    this.#socket = socket;
    const reader = new Reader((reply) => this.#waiting.shift()?.(reply), onPush);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => reader.take(chunk));
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(new Error('the node closed the connection')));
  }

  /**
   * Connects with the credentials of the environment.
   * @param address `host:port`. @throws Error if the node does not answer.
   */
  static async open(address: string, db = 0, onPush: OnPush = () => {}): Promise<Connection> {
    const { host, port } = parseNode(address);
    const { tls, username = 'default', password } = credentialsOf(pickSettings(process.env, CREDENTIALS));
    const socket = tls ? connectTls({ host, port, ...tls }) : connect({ host, port });
    await once(socket, tls ? 'secureConnect' : 'connect');
    const connection = new Connection(socket, onPush);
    await connection.call('HELLO', '3', ...(password ? ['AUTH', username, password()] : []));
    await connection.call('SELECT', String(db));
    return connection;
  }

  /** Sends the bytes of one command. Calls `onReply` with its reply, including an error reply. */
  send(bytes: string, onReply: (reply: Reply) => void): void {
    this.#waiting.push(onReply);
    this.#socket.write(bytes, 'latin1');
  }

  /** Returns the number of replies still to come. */
  get outstanding(): number {
    return this.#waiting.length;
  }

  /** Sends many commands in one write and ignores their replies. */
  sendMany(commands: string[], onReply: (reply: Reply) => void): void {
    for (let i = 0; i < commands.length; i += 1) this.#waiting.push(onReply);
    this.#socket.write(commands.join(''), 'latin1');
  }

  /** @throws Error if the node replies with an error or the connection is lost. */
  call(...words: string[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      this.send(command(...words), (reply) => (reply instanceof Error ? reject(reply) : resolve(reply)));
    });
  }

  /** Subscribes. Messages then reach `onPush` as `['message', channel, message]`. */
  async subscribe(channels: string[]): Promise<void> {
    // Confirmations are pushes, so the reply to a later command shows that all have arrived.
    this.#socket.write(command('SUBSCRIBE', ...channels), 'latin1');
    await this.call('PING');
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  /** Passes the error to all pending calls. */
  #end(error: Error): void {
    this.#ended ??= error;
    for (const waiting of this.#waiting.splice(0)) waiting(this.#ended);
  }
}
