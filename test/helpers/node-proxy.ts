/** Forwards TCP connections to a real node. A test can delay commands, hang the proxy, or make it unreachable. */
import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

const HOST = '127.0.0.1';

export class NodeProxy {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  /** Data that clients sent while commands are held; `undefined` otherwise. */
  #held: { socket: Socket; data: Buffer }[] | undefined;
  #holdFrom: RegExp | undefined;
  #silent = false;

  private constructor(target: number) {
    this.#target = target;
  }

  /** Opens a proxy to a local port, and closes it after the test. */
  static async open(t: Pick<TestContext, 'after'>, target: number): Promise<NodeProxy> {
    const proxy = new NodeProxy(target);
    await proxy.reopen();
    t.after(() => proxy.cut());
    return proxy;
  }

  get address(): string {
    return `${HOST}:${this.#port}`;
  }

  /** Holds the commands of clients. Replies and notifications still pass. */
  hold(): void {
    this.#held = [];
  }

  /** Holds the commands of clients from the first chunk that matches. */
  holdFrom(text: RegExp): void {
    this.#holdFrom = text;
  }

  /** Returns the commands that clients have sent since `hold`, as text. */
  get held(): string {
    return this.#held?.map(({ data }) => data.toString('latin1')).join('') ?? '';
  }

  /** Forwards the held commands in order. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const { socket, data } of held) socket.write(data);
  }

  /** Accepts connections and commands without replies, like a hung node. */
  hang(): void {
    this.#silent = true;
  }

  /** Closes all connections and refuses new ones. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    if (!server) return;
    server.close();
    await once(server, 'close');
  }

  /** Accepts connections again, on the same port. */
  async reopen(): Promise<void> {
    this.#silent = false;
    this.#held = undefined;
    this.#server = createServer((socket) => this.#join(socket)).listen(this.#port, HOST);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as { port: number }).port;
  }

  #join(client: Socket): void {
    const node = dial({ host: HOST, port: this.#target, noDelay: true });
    client.setNoDelay(true);
    for (const [one, other] of [
      [client, node],
      [node, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    client.on('data', (data) => {
      if (this.#silent) return;
      if (this.#holdFrom?.test(data.toString('latin1'))) {
        this.#holdFrom = undefined;
        this.hold();
      }
      if (this.#held) this.#held.push({ socket: node, data });
      else node.write(data);
    });
    node.on('data', (data) => {
      if (!this.#silent) client.write(data);
    });
  }
}
