/**
 * Tests each service with a hostile server among its nodes: the service logs a warning or exits with 1 and a stack, and then
 * works on the next node. Its memory stays bounded.
 */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Redis } from 'ioredis';
import { SERVICES, type Service } from '../../common/services.ts';
import { formatValue } from '../../common/value.ts';
import type { TcpProxy } from '../../toolkit/tcp-proxy.ts';
import type { Event } from '../helpers/events.ts';
import { eventually } from '../helpers/eventually.ts';
import { connect, openProxy, startMesh } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';
import { HOSTILE_CASES, randomCases } from './hostile-cases.ts';
import { type HostileCase, HostileServer } from './hostile-server.ts';

const SEED = 20_240_905;
const RANDOM_CASES = 40;
/** A service exits above 192 MB. One array that a library allocates for an announced length adds up to 256 MB at once. */
const MOST_MEMORY = (192 + 256) * 2 ** 20;
const FIRST_MICROS = 1_725_543_675_000_000;

describe('a hostile server', { concurrency: true }, () => {
  for (const service of SERVICES) {
    test(`${service} disconnects and works on the next node`, async (t) => {
      const scene = await HostileScene.set(t, service);
      for (const played of [...HOSTILE_CASES, ...randomCases(RANDOM_CASES, SEED)]) await scene.play(played);
      t.diagnostic(`${service}: ${await scene.end()}`);
    });
  }
});

/** Runs a service, and starts it again when it exits, like Compose and `npm start`. */
class Supervised {
  readonly #start: () => RunningService;
  #running: RunningService;
  /** Log of all runs. */
  readonly events: Event[] = [];
  /** Exit codes or signals of the runs. */
  readonly exits: (number | string | undefined)[] = [];
  peakMemory = 0;
  #stopping = false;

  constructor(t: TestContext, service: Service, env: Record<string, string>) {
    this.#start = () => {
      const started = new RunningService(t, service, env, [], this.events);
      void started.exit().then((how) => this.#exited(started, how));
      return started;
    };
    this.#running = this.#start();
    t.after(() => {
      this.#stopping = true;
    });
  }

  /** Returns the highest measured memory of all runs, in bytes. */
  async measure(): Promise<number> {
    // The service may have just exited.
    const now = await this.#running.peakMemory().catch(() => 0);
    this.peakMemory = Math.max(this.peakMemory, now || 0);
    return this.peakMemory;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running.stop();
  }

  #exited(ended: RunningService, how: number | string | undefined): void {
    if (this.#stopping) return;
    this.exits.push(how);
    if (how === 'SIGABRT') {
      // V8 ends a process whose heap would exceed its limit.
      assert.match(ended.stderr, /FATAL ERROR/);
      this.events.push({ event: 'fatal', msg: ended.stderr });
    }
    this.#running = this.#start();
  }
}

/** Connects one service to a hostile server and to a real node. */
class HostileScene {
  readonly #service: Supervised;
  readonly #hostile: HostileServer;
  readonly #node: TcpProxy;
  readonly #client: Redis;
  #seq = 0;

  private constructor(service: Supervised, hostile: HostileServer, node: TcpProxy, client: Redis) {
    this.#service = service;
    this.#hostile = hostile;
    this.#node = node;
    this.#client = client;
  }

  static async set(t: TestContext, service: Service): Promise<HostileScene> {
    const { nodes } = await startMesh(t, 1);
    const port = nodes[0]?.options.port ?? 0;
    const node = await openProxy(t, port);
    const hostile = await HostileServer.open(t, HOSTILE_CASES[0] as HostileCase);
    const running = new Supervised(t, service, {
      KEYDB_NODES: `${hostile.address},${node.address}`,
      HOME_NODE: node.address,
      NODE_TIMEOUT_MS: '300',
      WRITE_INTERVAL_MS: '60000',
    });
    const scene = new HostileScene(running, hostile, node, await connect(t, port));
    await eventually(() => assert.ok(running.events.some(({ event }) => event === 'connected')));
    return scene;
  }

  /** Disconnects the service from its node, so that it tries the hostile server, and waits until it works again. */
  async play(played: HostileCase): Promise<void> {
    const from = this.#service.events.length;
    this.#hostile.play(played);
    try {
      await this.#takeNodeAway();
      const { event, reason, msg, peakMemory = 0 } = await eventually(() => this.#left(from));
      if (event === 'lost') {
        assert.match(String(reason), /^[^\p{C}]{1,201}$/u, 'the reason is safe to log');
      } else {
        assert.match(String(msg), /\n +at |\n *\d+: 0x/, 'the stack is in the log');
        // Otherwise the restarted service could receive the same bytes again.
        this.#hostile.play(HOSTILE_CASES[0] as HostileCase);
      }
      await eventually(() => assert.ok(this.#works(from), 'the service does not work on the next node'));
      const most = Math.max(await this.#service.measure(), Number(peakMemory));
      assert.ok(most < MOST_MEMORY, `the service used ${most / 2 ** 20} MB`);
    } catch (error) {
      throw new Error(`${describeCase(played)}: ${error}\n${this.#tell(from)}`);
    }
  }

  async end(): Promise<string> {
    await this.#service.stop();
    const { exits, peakMemory } = this.#service;
    return `restarted after ${exits.join(', ') || 'nothing'}; at most ${Math.round(peakMemory / 2 ** 20)} MB`;
  }

  async #takeNodeAway(): Promise<void> {
    this.#seq += 1;
    await this.#client.set('shared_key', formatValue('Test', this.#seq, FIRST_MICROS + this.#seq));
    await this.#node.cut();
    await this.#node.heal();
  }

  /** Returns the event of the disconnection. On a busy machine, it may precede the case; then the method tries again. */
  async #left(from: number): Promise<Event> {
    if (this.#hostile.met === 0 && this.#works(from)) await this.#takeNodeAway();
    const left = this.#service.events
      .slice(from)
      .find(({ event, node }) => (event === 'lost' && node === this.#hostile.address) || event === 'fatal');
    await this.#service.measure();
    assert.ok(left && this.#hostile.met > 0, 'the service did not disconnect');
    return left;
  }

  /** Returns whether the last connection is to the real node and the service has written there. */
  #works(from: number): boolean {
    const events = this.#service.events.slice(from);
    const last = events.findLastIndex(({ event }) => event === 'connected');
    if (events[last]?.node !== this.#node.address) return false;
    return events.slice(last).some(({ event }) => event === 'handshake' || event === 'write');
  }

  #tell(from: number): string {
    const lines = this.#service.events.slice(from, from + 20).map((line) => JSON.stringify(line));
    return lines.join('\n');
  }
}

/** Returns the data needed to repeat a case. */
function describeCase({ name, stage, bytes, after }: HostileCase): string {
  const then = typeof after === 'string' ? after : Object.keys(after).join();
  return `${name}: at ${stage}, ${JSON.stringify(bytes.slice(0, 500))}, then ${then}`;
}
