/** A TCP proxy before a real node, which a test can make slow to hear, silent or unreachable. */
import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

const HOST = '127.0.0.1';

export class NodeProxy {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  /** What clients sent while the way to the node is held; `undefined` while it is open. */
  #held: { socket: Socket; data: Buffer }[] | undefined;
  #holdFrom: RegExp | undefined;
  #silent = false;

  private constructor(target: number) {
    this.#target = target;
  }

  /** Opens a proxy to a port of this machine; closed after the test. */
  static async open(t: Pick<TestContext, 'after'>, target: number): Promise<NodeProxy> {
    const proxy = new NodeProxy(target);
    await proxy.reopen();
    t.after(() => proxy.cut());
    return proxy;
  }

  get address(): string {
    return `${HOST}:${this.#port}`;
  }

  /** Holds back what clients send; the node's replies and notifications still reach them. */
  hold(): void {
    this.#held = [];
  }

  /** Holds back what clients send, from the first chunk that matches. */
  holdFrom(text: RegExp): void {
    this.#holdFrom = text;
  }

  /** What clients have sent since `hold`, as text. */
  get held(): string {
    return this.#held?.map(({ data }) => data.toString('latin1')).join('') ?? '';
  }

  /** Lets what was held back through, in order. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const { socket, data } of held) socket.write(data);
  }

  /** Accepts everything and answers nothing, as a hung node does. */
  hang(): void {
    this.#silent = true;
  }

  /** Breaks all connections and refuses new ones. */
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
