/** Reads what Linux reports about processes and CPU time. On other systems, all results are absent. */
import { readdir, readFile } from 'node:fs/promises';

/** Clock ticks per second in /proc/stat and /proc/<pid>/stat: sysconf(_SC_CLK_TCK), 100 on every common Linux. */
const TICKS_PER_SECOND = 100;

/** CPU time of the whole machine since its start, in seconds. */
export interface MachineTime {
  /** User and system time, without interrupts. */
  busy: number;
  /** Time that the hypervisor gave to other machines. */
  stolen: number;
  total: number;
}

/** Returns the CPU time of all threads of a process in microseconds, with a resolution of nanoseconds. */
export async function cpuMicrosOf(pid: number): Promise<number | undefined> {
  try {
    const threads = await readdir(`/proc/${pid}/task`);
    const files = threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'));
    // A thread may end during the loop. It then counts as 0; threads of measured processes do not end.
    const times = (await Promise.all(files)).map((text) => Number(text.split(' ')[0]));
    return times.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1000;
  } catch {
    return undefined;
  }
}

/** Returns the resident memory of a process in bytes. */
export async function memoryBytesOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** Returns the number of open descriptors of a process: files, sockets, and pipes. */
export async function descriptorsOf(pid: number): Promise<number | undefined> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => undefined);
  return names?.length;
}

/** Returns the CPU time of the machine. */
export async function machineTime(): Promise<MachineTime | undefined> {
  const text = await readFile('/proc/stat', 'utf8').catch(() => '');
  return parseMachineTime(text);
}

/** Parses the first line of /proc/stat. */
export function parseMachineTime(text: string): MachineTime | undefined {
  const ticks = /^cpu +([\d ]+)$/m.exec(text)?.[1]?.split(' ').map(Number);
  if (!ticks) return undefined;
  const [user = 0, nice = 0, system = 0, , , , , stolen = 0] = ticks;
  // User time includes guest time, the ninth and tenth number.
  const total = ticks.slice(0, 8).reduce((sum, number) => sum + number, 0);
  return {
    busy: (user + nice + system) / TICKS_PER_SECOND,
    stolen: stolen / TICKS_PER_SECOND,
    total: total / TICKS_PER_SECOND,
  };
}

/** Returns the CPU time of a process and all its descendants, in seconds. */
export async function cpuSecondsOfTree(rootPid: number): Promise<number | undefined> {
  const names = await readdir('/proc').catch(() => []);
  const stats = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')),
  );
  return treeSeconds(rootPid, stats);
}

/** Adds up the time of a process, its descendants, and their ended children. */
export function treeSeconds(rootPid: number, stats: readonly string[]): number | undefined {
  const processes = stats.flatMap((stat) => parseStat(stat) ?? []);
  const family = processes.filter(({ pid }) => pid === rootPid);
  if (family.length === 0) return undefined;
  let seconds = 0;
  // The loop appends descendants to the list that it iterates over.
  for (const member of family) {
    seconds += member.seconds;
    family.push(...processes.filter(({ parent }) => parent === member.pid));
  }
  return seconds;
}

function parseStat(stat: string): { pid: number; parent: number; seconds: number } | undefined {
  // The name in brackets may contain any character, including brackets.
  const [, pid, rest] = /^(\d+) \(.*\) (.*)$/s.exec(stat) ?? [];
  if (rest === undefined) return undefined;
  const fields = rest.split(' ').map(Number);
  const [own = 0, kernel = 0, endedChildren = 0, endedKernel = 0] = fields.slice(11, 15);
  return {
    pid: Number(pid),
    parent: fields[1] ?? 0,
    seconds: (own + kernel + endedChildren + endedKernel) / TICKS_PER_SECOND,
  };
}
