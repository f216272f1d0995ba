/** A TCP proxy to a node on this machine. It can cut, block, hold back, and delay a connection. */
import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';
/** Delay that simulates a lost packet: the minimum retransmission timeout of Linux. */
const RETRANSMIT_MS = 200;

/** Delay and packet loss of a slow link. */
export interface Slowness {
  /** Additional delay of each packet or chunk, in milliseconds. */
  delayMs: number;
  /** Fraction of lost packets, 0 to 1. */
  loss: number;
}

export class TcpProxy {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port: number;
  /** Data that clients sent since `hold`; `undefined` if it is forwarded. */
  #held: { to: Socket; data: Buffer }[] | undefined;
  #holdFrom: RegExp | undefined;
  #hung = false;
  #slowness: Slowness | undefined;

  private constructor(target: number, port: number) {
    this.#target = target;
    this.#port = port;
  }

  /** Opens a proxy to a port of this machine. @param port at which it listens; 0: any free port. */
  static async open(target: number, port = 0): Promise<TcpProxy> {
    const proxy = new TcpProxy(target, port);
    await proxy.heal();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `${HOST}:${this.#port}`;
  }

  /** Closes all connections and refuses new ones, like a node that has crashed. */
  async cut(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const server = this.#stopListening();
    if (server) await once(server, 'close');
  }

  /** Refuses new connections. Existing connections stay open but receive nothing, like those of a partition. */
  block(): void {
    for (const socket of this.#sockets) socket.pause();
    this.#stopListening();
  }

  /** Accepts connections and data but forwards nothing, like a hung node. */
  hang(): void {
    this.#hung = true;
  }

  /** Delays data in both directions. */
  slow(slowness: Slowness): void {
    this.#slowness = slowness;
  }

  /** Holds back data from clients. Data from the node still reaches them. */
  hold(): void {
    this.#held = [];
  }

  /** Holds back data from clients, starting with the first chunk that matches. */
  holdFrom(text: RegExp): void {
    this.#holdFrom = text;
  }

  /** Returns the data that is held back, as text. */
  get held(): string {
    return this.#held?.map(({ data }) => data.toString('latin1')).join('') ?? '';
  }

  /** Forwards the data that was held back, in order. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const { to, data } of held) to.write(data);
  }

  /** Forwards again, including data that `block` or `hold` held back, and accepts connections on the same port. */
  async heal(): Promise<void> {
    this.#hung = false;
    this.#slowness = undefined;
    this.release();
    if (this.#server) return;
    for (const socket of this.#sockets) socket.resume();
    this.#server = createServer((socket) => this.#join(socket)).listen(this.#port, HOST);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as { port: number }).port;
  }

  #stopListening(): Server | undefined {
    const server = this.#server;
    this.#server = undefined;
    return server?.close();
  }

  #join(client: Socket): void {
    const node = dial({ host: HOST, port: this.#target, noDelay: true });
    client.setNoDelay(true);
    const [toNode, toClient] = [new Direction(node), new Direction(client)];
    this.#connect(client, node, (data) => {
      if (this.#holdFrom?.test(data.toString('latin1'))) {
        this.#holdFrom = undefined;
        this.hold();
      }
      if (this.#held) this.#held.push({ to: node, data });
      else toNode.send(data, this.#delay());
    });
    this.#connect(node, client, (data) => toClient.send(data, this.#delay()));
  }

  #connect(from: Socket, to: Socket, forward: (data: Buffer) => void): void {
    this.#sockets.add(from);
    from.on('data', (data) => {
      if (!this.#hung) forward(data);
    });
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
class Direction {
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
