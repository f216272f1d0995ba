/** Collects all that the live page shows: the whole state for a new page, and the changes since the last frame. */
import type { Node } from '../../common/nodes.ts';
import type { Value } from '../../common/value.ts';
import type { MeshState } from '../mesh-state.ts';
import type { Changes, Controls, Mesh, Page, PageService } from '../page-state.ts';
import type { Line } from './line.ts';
import { OtherObservers } from './other-observers.ts';
import { PageLog } from './page-log.ts';
import { PageLinks, pageNode } from './page-mesh.ts';
import { Samples } from './samples.ts';
import { Seconds } from './seconds.ts';
import { ServiceWatch } from './service-watch.ts';
import { Traces } from './traces.ts';

/** The mesh is sent at least so often, because a page takes its data for stale if none arrives. */
const MESH_MS = 1000;

export interface FeedOptions {
  sharedKey: string;
  services: readonly Node[];
  mesh: () => MeshState;
  controls: () => Controls;
}

export class PageFeed {
  readonly #options: FeedOptions;
  readonly watches: readonly ServiceWatch[];
  readonly #traces = new Traces((writer) => this.#writers.some(({ name }) => writerName(name) === writer));
  readonly #samples = new Samples();
  readonly #seconds = new Seconds();
  readonly #log = new PageLog();
  readonly #links = new PageLinks();
  readonly #others = new OtherObservers();
  /** The mesh and the controls of the last frame, as JSON. */
  #lastMesh = '';
  #lastMeshAt = 0;
  #lastControls = '';

  constructor(options: FeedOptions) {
    this.#options = options;
    this.watches = options.services.map(
      (address) =>
        new ServiceWatch(address, {
          onValues: ({ name, role, values }) => this.#seconds.add(name, role, values, Date.now()),
          onLines: (service, lines, omitted) => {
            this.#log.omit(omitted);
            for (const line of lines) this.#addLine(service, line);
          },
          onDown: ({ name }) => this.#seconds.forget(name),
        }),
    );
  }

  /** Adds a log line of the monitor. */
  addOwnLine(line: Line): void {
    this.#log.add(line);
  }

  /** @param at Unix microseconds. */
  addVisible(node: string, value: Value, at: number): void {
    this.#traces.addVisible(node, value, at);
  }

  /** Returns the whole state, as of the last `takeChanges`. */
  snapshot(): Page {
    return {
      mesh: this.#mesh(),
      writes: this.#traces.all,
      samples: this.#samples.all,
      seconds: this.#seconds.all,
      log: this.#log.all,
      controls: this.#options.controls(),
    };
  }

  /** Returns what has changed since the last call; `undefined`: nothing. */
  takeChanges(): Changes | undefined {
    const { log, omittedLines } = this.#log.takeChanges();
    const writes = this.#traces.takeChanges();
    const samples = this.#samples.takeChanges();
    const seconds = this.#seconds.takeChanges(Date.now());
    const mesh = this.#changedMesh();
    const controls = this.#changedControls();
    const changes: Changes = {
      ...(mesh && { mesh }),
      ...(writes.length > 0 && { writes }),
      ...(samples && { samples }),
      ...(seconds.length > 0 && { seconds }),
      ...(log.length > 0 && { log }),
      ...(controls && { controls }),
      ...(omittedLines > 0 && { omittedLines }),
    };
    return Object.keys(changes).length > 0 ? changes : undefined;
  }

  #changedMesh(): Mesh | undefined {
    const mesh = this.#mesh();
    const text = JSON.stringify({ ...mesh, at: 0 });
    if (text === this.#lastMesh && mesh.at - this.#lastMeshAt < MESH_MS) return undefined;
    this.#lastMesh = text;
    this.#lastMeshAt = mesh.at;
    return mesh;
  }

  #changedControls(): Controls | undefined {
    const controls = this.#options.controls();
    const text = JSON.stringify(controls);
    if (text === this.#lastControls) return undefined;
    this.#lastControls = text;
    return controls;
  }

  #mesh(): Mesh {
    const [state, at] = [this.#options.mesh(), Date.now()];
    const listed = this.watches.map(({ state }) => state);
    const others = this.#others.at(at).filter(({ name }) => listed.every((one) => one.name !== name));
    return {
      at,
      sharedKey: this.#options.sharedKey,
      nodes: state.nodes.map(pageNode),
      links: this.#links.of(state),
      services: [...listed, ...others].map(shownService),
    };
  }

  get #writers(): PageService[] {
    return this.watches
      .map(({ state }) => state)
      .filter(({ role, status }) => role === 'writer' && status === 'up');
  }

  #addLine({ name, role }: PageService, line: Line): void {
    this.#log.add(line);
    if (role === 'writer') this.#addWriterLine(writerName(name), line);
    else this.#addObserverLine(name, line);
  }

  #addWriterLine(writer: string, line: Line): void {
    const { event, observer, roundTripSeconds } = line;
    if (event === 'write') this.#traces.addWrite(writer, line);
    // The name is a property of the state, and no property may have this one.
    if (event !== 'handshake' || observer === undefined || observer === '__proto__') return;
    this.#others.add(observer, line.time);
    this.#traces.addHandshakeReceived(observer, writer, line, this.#offsetOf(observer));
    if (roundTripSeconds !== undefined) this.#samples.add(observer, 'roundTrip', line.time, roundTripSeconds);
  }

  #addObserverLine(observer: string, line: Line): void {
    const { event, differenceSeconds, writer = '' } = line;
    const offset = this.#offsetOf(observer);
    if (event === 'read') {
      this.#traces.addRead(observer, writer, line, offset);
      if (differenceSeconds !== undefined)
        this.#samples.add(observer, 'difference', line.time, differenceSeconds - offset / 1e6);
    }
    if (event === 'handshake') this.#traces.addHandshakeSent(observer, writer, line, offset);
  }

  /**
   * Returns an observer's clock minus the writer's clock, in microseconds, as the writer estimates it. If the error of the
   * estimate includes 0, the clocks may be the same, as on one machine.
   */
  #offsetOf(observer: string): number {
    for (const { values } of this.#writers) {
      const offset = values[`mesh_clock_offset_seconds{observer="${observer}"}`];
      const error = values[`mesh_clock_offset_error_seconds{observer="${observer}"}`] ?? 0;
      if (offset !== undefined) return Math.abs(offset) <= error ? 0 : Math.round(offset * 1e6);
    }
    return 0;
  }
}

/** Returns the name in the values of a writer: the name of the service with a capital. */
function writerName(service: string): string {
  return service.charAt(0).toUpperCase() + service.slice(1);
}

/** Returns a service without the values of its process. */
function shownService({ values, ...service }: PageService): PageService {
  const shown = Object.entries(values).filter(([name]) => name.startsWith('mesh_'));
  return { ...service, values: Object.fromEntries(shown) };
}
