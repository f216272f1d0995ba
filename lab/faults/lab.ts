/** Runs the chosen faults and experiments, and always stops the processes that it started. */
import { rm } from 'node:fs/promises';
import type { Layout } from '../../operate/local/index.ts';
import type { Engine } from '../../toolkit/engine.ts';
import type { Progress } from '../../toolkit/progress.ts';
import type { ToolRun } from '../../toolkit/run-tool.ts';
import { chooseEndpoints } from './alerts/monitoring.ts';
import { runUndisturbed, runWithAlerts } from './alerts/run-alerts.ts';
import { checkHistory } from './checks/check.ts';
import { commandFor } from './command.ts';
import { EXPERIMENTS } from './experiments/index.ts';
import type { Fault } from './faults/fault.ts';
import { FAULTS } from './faults/index.ts';
import { explained } from './faults/known-divergence.ts';
import type { History } from './history.ts';
import { temporaryFolder } from './leftovers.ts';
import type { Network } from './network/network.ts';
import { openNetwork } from './network/open.ts';
import type { LabOptions } from './options.ts';
import { randomSteps } from './plan.ts';
import type { Experiment, FaultResult } from './results.ts';
import { runFault } from './run-fault.ts';
import { runRandom } from './run-random.ts';
import { Scene } from './scene.ts';
import { Timeline } from './timeline.ts';

const NODES = 3;

export class Lab {
  readonly results: FaultResult[] = [];
  /** Chosen faults and experiments that did not run, with the reason. */
  readonly skipped: string[] = [];
  readonly timeline: Timeline;
  readonly #options: LabOptions;
  readonly #engine: Engine;
  readonly #signal: AbortSignal;
  readonly #progress: Progress;
  #network: Network | undefined;
  #scene: Scene | undefined;

  /** @param tool its signal ends the run early; then call `close`. */
  constructor(options: LabOptions, engine: Engine, { signal, progress }: ToolRun) {
    this.#options = options;
    this.#engine = engine;
    this.#signal = signal;
    this.#progress = progress;
    this.timeline = new Timeline(progress);
  }

  get layout(): Layout {
    return this.#engine.multiMaster ? this.#options.layout : 'star';
  }

  get network(): Network['kind'] {
    return this.#network?.kind ?? 'proxies';
  }

  /** Runs all chosen faults and experiments. @throws Error if the requested kind of network or layout is not available. */
  async run(): Promise<void> {
    const { network, random, alerts } = this.#options;
    if (alerts && this.layout !== 'mesh')
      throw new Error('--alerts requires a mesh of KeyDB: in a star, the faults cause other alerts');
    const faults = this.#chosen(FAULTS);
    if (faults.length > 0) {
      const opened = await openNetwork(network, NODES, (line) => this.timeline.say(line));
      // `close` has already run, and did not know this network yet.
      if (this.#signal.aborted) return opened.close();
      this.#network = opened;
      if (alerts) await this.#runAlerts(faults);
      else if (random === undefined) await this.#runEach(faults);
      else await this.#runRandom(faults, random);
    }
    if (random === undefined && !alerts) await this.#runExperiments(this.#chosen(EXPERIMENTS));
  }

  /** Heals the current fault, stops all processes, and removes the network. */
  async close(): Promise<void> {
    try {
      await this.#scene?.close();
    } finally {
      await this.#network?.close();
    }
  }

  /** Returns the chosen faults or experiments that are possible in this layout. */
  #chosen<T extends Pick<Fault, 'name'> & { needsMesh?: string | boolean }>(list: readonly T[]): T[] {
    const asked = list.filter(({ name }) => this.#options.fault.includes(name));
    if (this.layout === 'mesh') return asked;
    for (const { name, needsMesh } of asked) {
      if (!needsMesh) continue;
      const why = needsMesh === true ? '' : `: ${needsMesh}`;
      this.#skip(`${name}: SKIPPED in a star, where only the primary accepts writes${why}`);
    }
    return asked.filter(({ needsMesh }) => !needsMesh);
  }

  #skip(reason: string): void {
    this.timeline.say(reason);
    this.skipped.push(reason);
  }

  async #runEach(faults: readonly Fault[]): Promise<void> {
    for (const fault of faults) {
      const seconds = this.#options.seconds ?? fault.seconds;
      await this.#checked(fault, commandFor(this.#options, fault.name), [fault], (scene) =>
        runFault(scene, fault, seconds),
      );
    }
  }

  async #runAlerts(faults: readonly Fault[]): Promise<void> {
    const { undisturbed, seconds } = this.#options;
    if (undisturbed !== undefined) {
      const what = { name: 'undisturbed', about: `The lab injects no fault for ${undisturbed} minutes.` };
      const run = (scene: Scene) => runUndisturbed(scene, what, undisturbed);
      return this.#onScene(what, commandFor(this.#options), [], run);
    }
    for (const fault of faults) {
      const run = (scene: Scene) => runWithAlerts(scene, fault, seconds);
      await this.#onScene(fault, commandFor(this.#options, fault.name), [fault], run);
    }
  }

  async #runRandom(faults: readonly Fault[], count: number): Promise<void> {
    const { seed, seconds } = this.#options;
    const steps = randomSteps(faults, count, seed, seconds);
    const sequence = steps.map(({ fault, seconds }) => `${fault.name} ${seconds} s`).join(', ');
    this.timeline.say(`seed ${seed}`);
    this.#progress.say(`sequence: ${sequence}`);
    const what = { name: 'random', about: `A sequence of ${count} faults, from seed ${seed}: ${sequence}.` };
    await this.#checked(what, commandFor(this.#options), faults, (scene) =>
      runRandom(scene, steps, what.about),
    );
  }

  async #runExperiments(experiments: readonly Experiment[]): Promise<void> {
    const signal = this.#signal;
    for (const experiment of experiments) {
      if (signal.aborted) return;
      const { name, about } = experiment;
      this.timeline.say(`${name}: ${about}`);
      const folder = await temporaryFolder();
      try {
        const say = (line: string) => this.timeline.say(`  ${line}`);
        const context = { engine: this.#engine, layout: this.layout, folder, signal, say };
        const verdicts = await experiment.run(context);
        this.results.push({ name, about, verdicts, command: commandFor(this.#options, name) });
      } catch (error) {
        if (!signal.aborted) this.#skip(`${name}: ${(error as Error).message}`);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }
  }

  /** Runs faults on a new scene and checks the guarantees. */
  #checked(
    what: Pick<Fault, 'name' | 'about'>,
    command: string,
    faults: readonly Fault[],
    work: (scene: Scene) => Promise<History>,
  ): Promise<void> {
    return this.#onScene(what, command, faults, async (scene) => {
      const history = await work(scene);
      const verdicts = checkHistory(history).map((verdict) => explained(verdict, faults, this.layout));
      return { verdicts, history };
    });
  }

  /** Runs faults on a new scene. @param work returns the part of the result that depends on the run. */
  async #onScene(
    { name, about }: Pick<Fault, 'name' | 'about'>,
    command: string,
    faults: readonly Fault[],
    work: (scene: Scene) => Promise<Pick<FaultResult, 'verdicts' | 'history' | 'alerts'>>,
  ): Promise<void> {
    const signal = this.#signal;
    if (signal.aborted || !this.#network) return;
    const skewMs = Math.max(0, ...faults.map(({ skewMs = 0 }) => skewMs));
    const scene = await Scene.prepare({
      engine: this.#engine,
      layout: this.layout,
      network: this.#network,
      timeline: this.timeline,
      signal,
      eager: this.#options.eager,
      settings: this.#options.set,
      ...(skewMs > 0 && { skewMs }),
      ...(this.#options.alerts && { endpoints: await chooseEndpoints(this.#network) }),
    });
    this.#scene = scene;
    try {
      this.results.push({ name, about, command, ...(await work(scene)) });
    } catch (error) {
      if (!signal.aborted) this.#skip(`${name}: ${(error as Error).message}`);
    } finally {
      // After Ctrl-C, `close` may already have removed the network.
      if (!signal.aborted) await this.#network.healAll();
      await scene.close();
    }
  }
}
