/**
 * The record of a run: results/<date>/soak.jsonl, one JSON object in each line. The run appends each line when it happens,
 * so a run that is killed loses nothing. The checks and the page read it at any time.
 */
import { appendFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Layout } from '../../operate/local/index.ts';
import type { Machine } from '../../toolkit/machine.ts';
import { fileTime } from '../../toolkit/options.ts';
import type { Incident } from '../faults/index.ts';
import type { Verdict } from '../verifier/index.ts';

/** Version of the format. Raise it if this program can no longer read the record of an older run. */
const FORMAT = 2;
export const FILE = 'soak.jsonl';

/** Facts about the run, from before its start. */
export interface Head {
  format: number;
  /** Start time, ISO 8601 in UTC. */
  startedAt: string;
  command: string;
  machine: Machine;
  engine: string;
  layout: Layout;
  /** Planned duration. */
  minutes: number;
  /** Time between two kills. */
  killSeconds: number;
  /** Writes per second that the writer tries. */
  writesPerSecond: number;
  /** Names of the services and the nodes, as in the samples. */
  services: string[];
  nodes: string[];
}

/** State of one process. A figure is absent if the process does not run or the system does not report it. */
export interface ProcessSample {
  pid?: number;
  /** Resident memory. */
  bytes?: number;
  /** Memory of a service that remained after a garbage collection: JavaScript heap and buffers. Only in the next sample. */
  liveBytes?: number;
  /** CPU time since the start of the process. */
  cpuSeconds?: number;
  descriptors?: number;
}

/** A node also reports by INFO. Absent while it does not answer. */
export interface NodeSample extends ProcessSample {
  /** Memory that the node has requested, including the whole backlog. */
  usedBytes?: number;
  /** Part of the backlog that contains data. */
  backlogBytes?: number;
  /** Connections of clients and replication links. */
  connections?: number;
  /** Snapshot on disk. */
  snapshotBytes?: number;
}

export interface Sample {
  /** Seconds since the start. */
  at: number;
  services: Record<string, ProcessSample>;
  nodes: Record<string, NodeSample>;
  /** Counters of each service, by name. */
  counters: Record<string, Record<string, number>>;
}

/** A kill, a start, an exit, a loss, or a warning. */
export interface SoakIncident extends Pick<Incident, 'kind' | 'text'> {
  /** Seconds since the start. */
  at: number;
  /** Name of the service or node. */
  who: string;
}

/** State after the planned duration. An interrupted run has none. */
export interface End {
  /** Seconds since the start, when the services were stopped. */
  at: number;
  /** Result of the verifier, after replication was idle. */
  sync: Verdict;
  /** Its notes, or the error without a result. */
  notes: string[];
  /** seq of the last write that the writer saw acknowledged. */
  acknowledgedSeq: number;
  /** seq of the shared key on each node; `null`: the node has no such value. */
  nodeSeqs: Record<string, number | null>;
}

export interface SoakRun extends Head {
  samples: Sample[];
  incidents: SoakIncident[];
  end?: End;
}

type Line = { head: Head } | { sample: Sample } | { incident: SoakIncident } | { end: End };

export class RunRecord {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Creates the folder of a run. @param out parent folder. */
  static async create(out: string, facts: Omit<Head, 'format'>): Promise<RunRecord> {
    const folder = resolve(out, fileTime(new Date(facts.startedAt)));
    await mkdir(folder, { recursive: true });
    const head: Line = { head: { format: FORMAT, ...facts } };
    await writeFile(join(folder, FILE), `${JSON.stringify(head)}\n`);
    return new RunRecord(folder);
  }

  /** Appends synchronously, so that the order is that of the events. */
  append(line: Line): void {
    appendFileSync(join(this.folder, FILE), `${JSON.stringify(line)}\n`);
  }
}

/** Loads a run, also one that still runs. @param folder created by `npm run soak`. @throws Error that names the file. */
export async function loadSoak(folder: string): Promise<SoakRun> {
  const file = join(folder, FILE);
  const text = await readFile(file, 'utf8').catch((error) => {
    throw new Error(`${file} cannot be read: ${error.message}`);
  });
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line, i) => parseLine(line, file, i));
  const [head] = lines.flatMap((line) => ('head' in line ? [line.head] : []));
  if (head?.format !== FORMAT) throw new Error(`${file} has format ${head?.format}, expected ${FORMAT}`);
  const [end] = lines.flatMap((line) => ('end' in line ? [line.end] : []));
  return {
    ...head,
    samples: lines.flatMap((line) => ('sample' in line ? [line.sample] : [])),
    incidents: lines.flatMap((line) => ('incident' in line ? [line.incident] : [])),
    ...(end && { end }),
  };
}

function parseLine(line: string, file: string, index: number): Line {
  try {
    return JSON.parse(line) as Line;
  } catch (error) {
    throw new Error(`${file}, line ${index + 1} contains no JSON: ${(error as Error).message}`);
  }
}

/** Returns the duration of a run so far, in seconds. */
export function secondsOf({ samples, end }: SoakRun): number {
  return end?.at ?? samples.at(-1)?.at ?? 0;
}

/** Returns the state of a process in a sample. A node that has just been killed still has an entry in /proc, but no state. */
export function stateOf({ services, nodes }: Sample, name: string): NodeSample {
  const node = nodes[name];
  if (node) return node.connections === undefined ? {} : node;
  return services[name] ?? {};
}
