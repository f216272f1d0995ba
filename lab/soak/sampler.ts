/** Takes one sample of all processes. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SERVICES, type Service } from '../../common/services.ts';
import type { NodeProcess } from '../../operate/local/index.ts';
import { parseAddresses } from '../../toolkit/node/address.ts';
import { Connection } from '../../toolkit/node/connection.ts';
import { readInfo } from '../../toolkit/node/nodes.ts';
import { cpuMicrosOf, descriptorsOf, memoryBytesOf } from '../../toolkit/proc.ts';
import type { NodeSample, ProcessSample, Sample } from './record.ts';

/** Short, so that a node that loads a snapshot does not delay the next sample. */
const TIMEOUT_MS = 1_000;

export interface Subjects {
  /** Returns the process ID of a service. */
  pidOf(service: Service): number | undefined;
  /** Returns the memory that remained after a garbage collection since the last sample. */
  takeLiveBytes(service: Service): number | undefined;
  /** The nodes, by name. */
  nodes: Readonly<Record<string, NodeProcess>>;
  /** Port on which each service serves its metrics. */
  metricsPorts: Readonly<Record<Service, string>>;
}

/** @param at seconds since the start of the run. */
export async function takeSample(at: number, subjects: Subjects): Promise<Sample> {
  const { nodes, metricsPorts } = subjects;
  const [services, nodeSamples, counters] = await Promise.all([
    each(SERVICES, (service) => serviceSample(service, subjects)),
    each(Object.keys(nodes), (name) => nodeSample(nodes[name])),
    each(SERVICES, (service) => countersOf(metricsPorts[service])),
  ]);
  return { at, services, nodes: nodeSamples, counters };
}

async function each<Name extends string, T>(
  names: readonly Name[],
  look: (name: Name) => Promise<T>,
): Promise<Record<string, T>> {
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await look(name)] as const)));
}

async function serviceSample(service: Service, subjects: Subjects): Promise<ProcessSample> {
  const liveBytes = subjects.takeLiveBytes(service);
  return {
    ...(await processSample(subjects.pidOf(service))),
    ...(liveBytes !== undefined && { liveBytes }),
  };
}

async function processSample(pid: number | undefined): Promise<ProcessSample> {
  if (pid === undefined) return {};
  const [bytes, micros, descriptors] = await Promise.all([
    memoryBytesOf(pid),
    cpuMicrosOf(pid),
    descriptorsOf(pid),
  ]);
  return {
    pid,
    ...(bytes !== undefined && { bytes }),
    ...(micros !== undefined && { cpuSeconds: micros / 1e6 }),
    ...(descriptors !== undefined && { descriptors }),
  };
}

async function nodeSample(node: NodeProcess | undefined): Promise<NodeSample> {
  if (!node) return {};
  const snapshot = await stat(join(node.options.folder, 'dump.rdb')).catch(() => undefined);
  // First the descriptors, without that of the connection for INFO.
  const sample = await processSample(node.pid);
  const info = await infoOf(node.address).catch(() => ({}));
  return { ...sample, ...info, ...(snapshot && { snapshotBytes: snapshot.size }) };
}

/** @throws NodeError while the node does not answer. */
async function infoOf(address: string): Promise<NodeSample> {
  const [target] = parseAddresses(address, {});
  if (!target) return {};
  const connection = await Connection.open(target, { timeoutMs: TIMEOUT_MS });
  try {
    const { fields } = await readInfo(connection, 'memory', 'replication', 'clients');
    const number = (name: string) => Number(fields.get(name) ?? 0);
    return {
      usedBytes: number('used_memory'),
      backlogBytes: number('repl_backlog_histlen'),
      connections: number('connected_clients') + number('connected_slaves'),
    };
  } finally {
    connection.close();
  }
}

/** Returns the counters of a service; none while it does not answer. */
async function countersOf(port: string): Promise<Record<string, number>> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return parseCounters(await response.text());
  } catch {
    return {};
  }
}

/**
 * Returns the counters of this project in the text format of Prometheus, without the labels that name the service and the
 * node. The values of all nodes are added up.
 */
export function parseCounters(text: string): Record<string, number> {
  const counters: Record<string, number> = {};
  for (const [, name = '', labels = '', value] of text.matchAll(/^(mesh_\w+_total)(?:\{(.*)\})? (\S+)$/gm)) {
    const kept = labels.split(',').filter((label) => !/^(service|node)=|^$/.test(label));
    const key = kept.length > 0 ? `${name}{${kept.join()}}` : name;
    counters[key] = (counters[key] ?? 0) + Number(value);
  }
  return counters;
}
