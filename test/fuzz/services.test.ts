/** A hostile server among the nodes: each service leaves it with a warning, and works on the next node. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Redis } from 'ioredis';
import { SERVICES, type Service } from '../../common/settings.ts';
import { formatValue } from '../../common/value.ts';
import type { Event } from '../helpers/events.ts';
import { eventually } from '../helpers/eventually.ts';
import { NodeProxy } from '../helpers/node-proxy.ts';
import { connect, startMesh } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';
import { HOSTILE_CASES, randomCases } from './hostile-cases.ts';
import { type HostileCase, HostileServer } from './hostile-server.ts';

const SEED = 20_240_905;
const RANDOM_CASES = 40;
/** A service takes 70 to 200 MB here, most of it garbage; one reply of 8 MB is kept up to three times while it is decoded. */
const MOST_MEMORY = 320 * 2 ** 20;
const FIRST_MICROS = 1_725_543_675_000_000;

describe('a hostile server', { concurrency: true }, () => {
  for (const service of SERVICES) {
    test(`${service} leaves it and works on the next node`, async (t) => {
      const scene = await HostileScene.set(t, service);
      for (const played of [...HOSTILE_CASES, ...randomCases(RANDOM_CASES, SEED)]) await scene.play(played);
      await scene.end();
    });
  }
});

/** One service between a hostile server and a real node. */
class HostileScene {
  readonly #service: RunningService;
  readonly #hostile: HostileServer;
  readonly #node: NodeProxy;
  readonly #client: Redis;
  #seq = 0;

  private constructor(service: RunningService, hostile: HostileServer, node: NodeProxy, client: Redis) {
    this.#service = service;
    this.#hostile = hostile;
    this.#node = node;
    this.#client = client;
  }

  static async set(t: TestContext, service: Service): Promise<HostileScene> {
    const { nodes } = await startMesh(t, 1);
    const port = nodes[0]?.options.port ?? 0;
    const node = await NodeProxy.open(t, port);
    const hostile = await HostileServer.open(t, HOSTILE_CASES[0] as HostileCase);
    const running = new RunningService(t, service, {
      KEYDB_NODES: `${hostile.address},${node.address}`,
      HOME_NODE: node.address,
      NODE_TIMEOUT_MS: '300',
      WRITE_INTERVAL_MS: '60000',
    });
    await running.events.first({ event: 'connected', node: node.address });
    return new HostileScene(running, hostile, node, await connect(t, port));
  }

  /** Takes the service's node away, so that it meets the hostile server, and waits until it has done its work again. */
  async play(played: HostileCase): Promise<void> {
    const from = this.#service.events.all.length;
    this.#hostile.play(played);
    try {
      await this.#takeNodeAway();
      const { reason } = await eventually(() => this.#lost(from));
      assert.match(String(reason), /^[^\p{C}]{1,201}$/u, 'a reason that is fit for a log');
      await eventually(() => assert.ok(this.#works(from), 'it does not work on the next node'));
      const megabytes = (await this.#service.peakMemory()) / 2 ** 20;
      assert.ok(megabytes < MOST_MEMORY / 2 ** 20, `it took ${megabytes} MB`);
    } catch (error) {
      throw new Error(`${describeCase(played)}: ${error}\n${this.#tell(from)}`);
    }
  }

  async end(): Promise<void> {
    await this.#service.stop();
    assert.equal(this.#service.stderr, '');
  }

  async #takeNodeAway(): Promise<void> {
    this.#seq += 1;
    await this.#client.set('shared_key', formatValue('Test', this.#seq, FIRST_MICROS + this.#seq));
    await this.#node.cut();
    await this.#node.reopen();
  }

  /** That the hostile server was met and left. On a busy machine it may have been left before it said anything. */
  async #lost(from: number): Promise<Event> {
    if (this.#hostile.met === 0 && this.#works(from)) await this.#takeNodeAway();
    const lost = this.#service.events.all
      .slice(from)
      .find(({ event, node }) => event === 'lost' && node === this.#hostile.address);
    assert.ok(lost && this.#hostile.met > 0, 'it was not lost');
    return lost;
  }

  /** Whether its last connection is to the real node, and it has written there what it writes. */
  #works(from: number): boolean {
    const events = this.#service.events.all.slice(from);
    const last = events.findLastIndex(({ event }) => event === 'connected');
    if (events[last]?.node !== this.#node.address) return false;
    return events.slice(last).some(({ event }) => event === 'handshake' || event === 'write');
  }

  #tell(from: number): string {
    const lines = this.#service.events.all.slice(from, from + 20).map((line) => JSON.stringify(line));
    return `${lines.join('\n')}\n${this.#service.stderr}`;
  }
}

/** Enough to play it again. */
function describeCase({ name, stage, bytes, after }: HostileCase): string {
  const then = typeof after === 'string' ? after : Object.keys(after).join();
  return `${name}: at ${stage}, ${JSON.stringify(bytes.slice(0, 500))}, then ${then}`;
}
