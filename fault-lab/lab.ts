/** Runs what was asked for, and takes down what it started, however that ends. */
import { setMaxListeners } from 'node:events';
import type { Engine } from '../local/engine.ts';
import type { Fault } from './faults/fault.ts';
import { FAULTS } from './faults/index.ts';
import type { History } from './history.ts';
import { judge } from './judge/judge.ts';
import type { Network } from './network/network.ts';
import { openNetwork } from './network/open.ts';
import type { LabOptions } from './options.ts';
import { randomSteps } from './plan.ts';
import type { FaultResult } from './results.ts';
import { runFault } from './run-fault.ts';
import { runRandom } from './run-random.ts';
import { Scene } from './scene.ts';
import { Timeline } from './timeline.ts';

const NODES = 3;

export class Lab {
  readonly results: FaultResult[] = [];
  /** What was asked for and not done, and why. */
  readonly notDone: string[] = [];
  readonly timeline = new Timeline();
  readonly #options: LabOptions;
  readonly #engine: Engine;
  readonly #aborter = new AbortController();
  #network: Network | undefined;
  #scene: Scene | undefined;

  constructor(options: LabOptions, engine: Engine) {
    this.#options = options;
    this.#engine = engine;
    // Whatever waits, listens; more do than Node takes for a mistake.
    setMaxListeners(0, this.#aborter.signal);
  }

  get network(): Network['kind'] {
    return this.#network?.kind ?? 'proxies';
  }

  /** @throws Error if there can be no network as asked for. */
  async run(): Promise<void> {
    const { network, random } = this.#options;
    this.#network = await openNetwork(network, NODES, (line) => this.timeline.say(line));
    const chosen = FAULTS.filter(
      (fault) => this.#options.fault.includes(fault.name) && this.#makesSense(fault),
    );
    if (random === undefined) await this.#runEach(chosen);
    else if (chosen.length > 0) await this.#runRandom(chosen, random);
  }

  /** Ends the run where it is: whatever waits gives up, what was broken is healed, and everything is taken down. */
  async close(): Promise<void> {
    this.#aborter.abort();
    await this.#scene?.close();
    await this.#network?.close();
  }

  #makesSense({ name, needsMultiMaster }: Fault): boolean {
    if (this.#engine.multiMaster || needsMultiMaster === undefined) return true;
    const reason = `${name}: SKIPPED on ${this.#engine.name}, which has no multi-master: ${needsMultiMaster}`;
    this.timeline.say(reason);
    this.notDone.push(reason);
    return false;
  }

  async #runEach(faults: readonly Fault[]): Promise<void> {
    for (const fault of faults) {
      const seconds = this.#options.seconds ?? fault.seconds;
      await this.#judged(
        fault.name,
        fault.about,
        `npm run faults -- --fault ${fault.name}`,
        fault.skewMs,
        (scene) => runFault(scene, fault, seconds),
      );
    }
  }

  async #runRandom(faults: readonly Fault[], count: number): Promise<void> {
    const { seed, seconds } = this.#options;
    const steps = randomSteps(faults, count, seed, seconds);
    const sequence = steps.map(({ fault, seconds }) => `${fault.name} ${seconds} s`).join(', ');
    this.timeline.say(`seed ${seed}`);
    process.stderr.write(`sequence: ${sequence}\n`);
    const about = `${count} faults in a row, from seed ${seed}: ${sequence}.`;
    const skewMs = Math.max(0, ...faults.map(({ skewMs = 0 }) => skewMs));
    await this.#judged(
      'random',
      about,
      `npm run faults -- --random ${count} --seed ${seed}`,
      skewMs || undefined,
      (scene) => runRandom(scene, steps, about),
    );
  }

  /** Runs something on a scene of its own, and judges what was recorded. */
  async #judged(
    name: string,
    about: string,
    command: string,
    skewMs: number | undefined,
    work: (scene: Scene) => Promise<History>,
  ): Promise<void> {
    const { signal } = this.#aborter;
    if (signal.aborted || !this.#network) return;
    const scene = await Scene.prepare({
      engine: this.#engine,
      network: this.#network,
      timeline: this.timeline,
      signal,
      ...(skewMs !== undefined && { skewMs }),
    });
    this.#scene = scene;
    try {
      const history = await work(scene);
      this.results.push({ name, about, verdicts: judge(history), history, command });
    } catch (error) {
      if (!signal.aborted) {
        this.timeline.say(`${name}: ${(error as Error).message}`);
        this.notDone.push(`${name}: ${(error as Error).message}`);
      }
    } finally {
      await this.#network.healAll();
      await scene.close();
    }
  }
}
