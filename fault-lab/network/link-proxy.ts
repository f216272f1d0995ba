/** One link as a TCP proxy: it can fall silent, and it can be slow. */
import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import type { Slowness } from './network.ts';

const HOST = '127.0.0.1';
/** What a lost packet costs those who speak TCP: the shortest time after which Linux sends it again. */
const RETRANSMIT_MS = 200;

export class LinkProxy {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #cut = false;
  #slowness: Slowness | undefined;

  private constructor(target: number) {
    this.#target = target;
  }

  /** Opens a proxy to a port of this machine, on a free port. */
  static async open(target: number): Promise<LinkProxy> {
    const proxy = new LinkProxy(target);
    await proxy.#listen();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** Nothing passes any more, and new connections are refused. Those there are notice nothing but silence. */
  async cut(): Promise<void> {
    this.#cut = true;
    for (const socket of this.#sockets) socket.pause();
    this.#server?.close();
    this.#server = undefined;
  }

  slow(slowness: Slowness): void {
    this.#slowness = slowness;
  }

  /** As if nothing had been: what was held back arrives now. */
  async heal(): Promise<void> {
    this.#slowness = undefined;
    if (!this.#cut) return;
    this.#cut = false;
    for (const socket of this.#sockets) socket.resume();
    await this.#listen();
  }

  close(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #listen(): Promise<void> {
    this.#server = createServer((socket) => this.#join(socket)).listen(this.#port, HOST);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as { port: number }).port;
  }

  #join(client: Socket): void {
    const node = dial({ host: HOST, port: this.#target, noDelay: true });
    client.setNoDelay(true);
    this.#forward(client, node);
    this.#forward(node, client);
  }

  #forward(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    const lane = new Lane(to);
    from.on('data', (data) => lane.send(data, this.#delay()));
    from.on('error', () => {});
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }

  #delay(): number {
    if (!this.#slowness) return 0;
    const { delayMs, loss } = this.#slowness;
    return delayMs + (Math.random() < loss ? RETRANSMIT_MS : 0);
  }
}

/** One direction of a connection. What comes after something late is late too, as TCP has it. */
class Lane {
  readonly #to: Socket;
  readonly #waiting: { data: Buffer; arrival: number }[] = [];
  #lastArrival = 0;

  constructor(to: Socket) {
    this.#to = to;
  }

  send(data: Buffer, delayMs: number): void {
    const now = performance.now();
    this.#lastArrival = Math.max(this.#lastArrival, now + delayMs);
    if (this.#waiting.length === 0 && this.#lastArrival <= now) {
      this.#to.write(data);
      return;
    }
    this.#waiting.push({ data, arrival: this.#lastArrival });
    if (this.#waiting.length === 1) this.#arrive();
  }

  /** One timer for all: two of them may fire in another order than they were set. */
  #arrive(): void {
    for (let [next] = this.#waiting; next; [next] = this.#waiting) {
      const early = next.arrival - performance.now();
      if (early > 0) {
        setTimeout(() => this.#arrive(), early);
        return;
      }
      this.#to.write(next.data);
      this.#waiting.shift();
    }
  }
}
