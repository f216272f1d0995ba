/** Models a connection between a service and a node: ordered, delayed messages, and a cut at any step. */
import { ReplyError } from 'ioredis';
import type { CommandFault, Faults } from './faults.ts';
import type { ModelNode } from './node.ts';
import type { ServiceName } from './schedule.ts';
import type { World } from './world.ts';

export interface Command {
  readonly name: string;
  readonly args: readonly string[];
  settle(error: Error | null, reply?: unknown): void;
}

export interface Push {
  channel: string;
  message: string;
  pattern?: string;
}

/** Events that the checks receive before the service does. */
export interface Observer {
  onSend(connection: Connection, command: Command): void;
  onReply(connection: Connection, command: Command, error: Error | null, reply: unknown): void;
  onPush(connection: Connection, push: Push): void;
}

/** A message in flight to the client. */
interface Down {
  at: number;
  push?: Push;
  reply?: { command: Command; error: Error | null; reply: unknown; fault: CommandFault | undefined };
}

/** A reset is noticed this soon; a hung connection after the timeout of a node. In microseconds. */
const RESET_MICROS = 300;
export const TIMEOUT_MS = 50;

export class Connection {
  readonly id: number;
  readonly service: ServiceName;
  readonly node: ModelNode;
  readonly channels = new Set<string>();
  readonly patterns: string[] = [];
  /** The connection that receives the pushes of CLIENT TRACKING. */
  tracking: Connection | undefined;
  readonly tracked = new Set<string>();
  onPush: (push: Push) => void = () => {};
  onEnd: (error: Error) => void = () => {};
  readonly #world: World;
  readonly #observer: Observer;
  readonly #faults: Faults;
  /** Commands without a reply, as the client sees it. */
  readonly inFlight = new Set<Command>();
  readonly #inbox: { command: Command; fault: CommandFault | undefined }[] = [];
  readonly #outbox: Down[] = [];
  #blocked = false;
  #upAt = 0;
  #downAt = 0;
  /** The network transports nothing. */
  #cut = false;
  /** The client has closed the connection. */
  ended = false;

  constructor(id: number, service: ServiceName, node: ModelNode, observer: Observer, faults: Faults) {
    this.id = id;
    this.service = service;
    this.node = node;
    this.#world = node.world;
    this.#observer = observer;
    this.#faults = faults;
    node.clients.set(id, this);
  }

  send(command: Command): void {
    if (this.ended) {
      command.settle(new Error('Connection is closed.'));
      return;
    }
    this.#observer.onSend(this, command);
    this.inFlight.add(command);
    const fault = this.#faults.ofNextCommand(this.service);
    if (fault?.lost === 'command') this.cut(fault.hang);
    if (this.#cut) return;
    this.#upAt = Math.max(this.#upAt, this.#world.now + this.#world.delay());
    const arrive = () => {
      this.#inbox.push({ command, fault });
      this.execute();
    };
    this.#world.at(this.#upAt, arrive, false);
  }

  /** The node executes the commands that have arrived, in order. WAIT blocks the commands behind it. */
  execute(): void {
    while (!this.#cut && !this.#blocked && !this.node.paused) {
      const next = this.#inbox.shift();
      if (!next) return;
      const { command, fault } = next;
      this.#blocked = true;
      const reply = (error: Error | null, result?: unknown) => {
        this.#blocked = false;
        if (fault?.lost === 'reply') this.cut(fault.hang);
        else this.#down({ at: 0, reply: { command, error, reply: result, fault } });
        if (command.name === 'WAIT') this.execute();
      };
      if (fault?.lost === 'rejected') reply(new ReplyError('LOADING KeyDB is loading the dataset in memory'));
      else this.node.execute(this, command, reply);
    }
  }

  push(push: Push): void {
    this.#down({ at: 0, push });
  }

  /** Sends a push of CLIENT TRACKING, which may overtake the reply to the read that armed it. */
  pushInvalidation(push: Push): void {
    const last = this.#outbox.at(-1);
    if (last?.reply?.command.name === 'GET' && this.#world.choose(3) === 2)
      this.#outbox.splice(-1, 0, { at: last.at, push });
    else this.push(push);
  }

  /** The network fails. @param hang whether the client notices that only by its timeout. */
  cut(hang: boolean): void {
    if (this.#cut) return;
    this.#cut = true;
    this.node.clients.delete(this.id);
    const micros = hang ? TIMEOUT_MS * 1000 : RESET_MICROS;
    this.#world.after(micros, () => this.#end(new Error(hang ? 'Socket timeout' : 'read ECONNRESET')));
  }

  /** The client closes the connection. The node still executes the commands in flight. */
  close(): void {
    if (this.ended) return;
    this.ended = true;
    this.#world.after(RESET_MICROS, () => this.node.clients.delete(this.id), false);
    const inFlight = [...this.inFlight];
    this.inFlight.clear();
    for (const command of inFlight) command.settle(new Error('Connection is closed.'));
  }

  #down(message: Down): void {
    if (this.#cut || this.ended) return;
    this.#downAt = Math.max(this.#downAt, this.#world.now + this.#world.delay());
    message.at = this.#downAt;
    this.#outbox.push(message);
    this.#world.at(this.#downAt, () => this.#deliver());
  }

  /** Delivers all messages of one chunk, before any promise of the service settles. */
  #deliver(): void {
    while (!this.#cut && !this.ended) {
      const next = this.#outbox[0];
      if (!next || next.at > this.#world.now) return;
      this.#outbox.shift();
      if (next.push) this.#deliverPush(next.push);
      else if (next.reply) this.#deliverReply(next.reply);
    }
  }

  #deliverPush(push: Push): void {
    this.#observer.onPush(this, push);
    this.onPush(push);
  }

  #deliverReply({ command, error, reply, fault }: Required<Down>['reply']): void {
    this.inFlight.delete(command);
    this.#observer.onReply(this, command, error, reply);
    command.settle(error, reply);
    if (fault?.lost === 'later') this.cut(fault.hang);
  }

  #end(error: Error): void {
    if (this.ended) return;
    const closesFirst = this.#world.choose(2) === 0;
    if (closesFirst) this.close();
    this.onEnd(error);
    this.close();
  }
}
