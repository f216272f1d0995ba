/** Stops the services, and reads the idle nodes: is the mesh in sync, with the last acknowledged write? */
import { parseValue } from '../../common/value.ts';
import { parseAddresses } from '../../toolkit/node/address.ts';
import { Progress } from '../../toolkit/progress.ts';
import { DEFAULTS, overallVerdict, verify } from '../verifier/index.ts';
import type { LogReader } from './log-reader.ts';
import type { End } from './record.ts';
import { NODE_NAMES, type System } from './system.ts';

/** Time for the last write and its handshakes to reach all nodes. */
const SETTLE_MS = 2_000;

/** Reads the end state. The verifier waits until replication is idle. @throws AbortError. */
export async function endState(
  system: System,
  log: LogReader,
  signal: AbortSignal,
): Promise<Omit<End, 'at'>> {
  await system.team.stop();
  const result = await verdictOf(system, signal);
  signal.throwIfAborted();
  const seqs = system.mesh.nodes.map(async (node, i) => {
    const client = node.patientClient();
    try {
      const parsed = parseValue((await client.get('shared_key')) ?? '');
      return [NODE_NAMES[i] ?? '', (parsed.ok && parsed.value.seq) || null] as const;
    } finally {
      client.disconnect();
    }
  });
  return {
    ...result,
    acknowledgedSeq: log.acknowledgedSeq,
    nodeSeqs: Object.fromEntries(await Promise.all(seqs)),
  };
}

async function verdictOf({ mesh }: System, signal: AbortSignal): Promise<Pick<End, 'sync' | 'notes'>> {
  const options = { ...DEFAULTS, settleMs: SETTLE_MS };
  try {
    await mesh.complete();
    const { pairs, notes } = await verify(
      parseAddresses(mesh.addresses, {}),
      options,
      new Progress(undefined),
      signal,
    );
    return { sync: overallVerdict(pairs), notes: [...notes, ...pairs.flatMap((pair) => pair.notes)] };
  } catch (error) {
    return { sync: 'unknown', notes: [(error as Error).message] };
  }
}
