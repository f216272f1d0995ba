/** A TCP proxy for one link. It can stop forwarding, and it can delay data. */
import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import type { Slowness } from './network.ts';

const HOST = '127.0.0.1';
/** Delay that simulates a lost packet: the minimum retransmission timeout of Linux. */
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

  /** Stops forwarding and refuses new connections. Existing connections stay open but receive nothing. */
  async cut(): Promise<void> {
    this.#cut = true;
    for (const socket of this.#sockets) socket.pause();
    this.#server?.close();
    this.#server = undefined;
  }

  slow(slowness: Slowness): void {
    this.#slowness = slowness;
  }

  /** Forwards again without delay, including the data that was held back. */
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

/** One direction of a connection. Late data also delays all data behind it, as in TCP. */
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

  /** Sends all data that is due. Uses one timer, because two timers could fire in the wrong order. */
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
