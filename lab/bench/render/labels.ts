/** Names of the benchmark's subjects, settings, and figures for people. */

/** Returns the name of a subject for people: in the data, the baseline is called `floor`. */
export function subjectName(subject: string): string {
  return subject.replace(/^floor\b/, 'baseline');
}

/** Formats a setting: `writesPerSecond 100`. */
export function settingWords(setting: Readonly<Record<string, string | number>>): string {
  return Object.entries(setting)
    .map(
      ([name, value]) =>
        `${LABELS[name] ?? name} ${typeof value === 'number' ? value.toLocaleString('en-US') : subjectName(value)}`,
    )
    .join(', ');
}

/** Labels of figures and settings. */
export const LABELS: Record<string, string> = {
  writesPerSecond: 'writes/s',
  unrelatedPerSecond: 'unrelated writes/s',
  observers: 'observers',
  nodes: 'nodes',
  engine: 'engine',
  against: 'for comparison with',
  statement: 'statement',
  connections: 'connections',
  inFlight: 'in flight on each',
  rows: 'rows',
  indexed: 'indexed:',
  channel: 'channel',
  writes: 'writes',
  pages: 'pages',
  seconds: 'seconds',
  notification: 'write → notification',
  read: 'write → read',
  roundTrip: 'round trip',
  arrival: 'write → last node',
  lastNotification: 'write → last observer notified',
  call: 'call',
  lateness: 'sent late by',
  reachedPerSecond: 'writes/s reached',
  callsPerSecond: 'calls/s',
  microsPerRow: 'µs per scanned row',
  gatewayCpuMicrosPerCall: 'gateway, CPU µs per call',
  bytesPerRow: 'bytes per row',
  lagObservations: 'observations behind',
  lagMs: 'behind, ms',
  reads: 'reads',
  observations: 'observations',
  conflated: 'conflated',
  cpuMicrosPerWrite: 'CPU µs per write',
  memoryMb: 'memory, MB',
  writerNodeCpuMicrosPerWrite: 'writer’s node, CPU µs per write',
  observerNodeCpuMicrosPerWrite: 'observer’s node, CPU µs per write',
  nodeCpuMicrosPerWrite: 'node, CPU µs per write',
  nodesCpuMicrosPerWrite: 'all nodes, CPU µs per write',
  observerCpuPercent: 'observer, % of a core',
  monitorCpuPercent: 'monitor, % of a core',
  framesPerSecond: 'frames/s',
  kilobytesPerFrame: 'kB per frame',
  replicationBytesPerWrite: 'replication, bytes per write',
  writesNotHeardByAll: 'writes not received by all',
};
