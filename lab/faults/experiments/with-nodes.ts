/** Starts real nodes for one experiment, and always kills them. */
import { join } from 'node:path';
import { Mesh } from '../../../operate/local/index.ts';
import { freePorts } from '../../../toolkit/ports.ts';
import type { ExperimentContext } from '../results.ts';

export const NODES = 3;

/**
 * Starts three linked nodes, runs the work, and kills the nodes.
 * @param extra settings of the nodes, as on the server's command line without the dashes.
 * @throws errors of the work, or the signal's reason as soon as it is aborted.
 */
export async function withNodes<T>(
  context: ExperimentContext,
  extra: Readonly<Record<string, string>>,
  work: (mesh: Mesh) => Promise<T>,
): Promise<T> {
  const { engine, layout, folder, signal } = context;
  signal.throwIfAborted();
  const ports = await freePorts(NODES);
  const mesh = new Mesh({
    engine,
    ...(layout && { layout }),
    ports,
    folder: join(folder, `nodes-${ports[0]}`),
    // Redis waits 5 s for more replicas before it sends a snapshot, most of an experiment's time.
    extra: { 'repl-diskless-sync-delay': '0', ...extra },
  });
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
  });
  const done = mesh.start().then(() => work(mesh));
  // Prevents an unhandled rejection: after an abort, the work fails when its nodes are killed.
  done.catch(() => {});
  try {
    return await Promise.race([done, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
    await Promise.all(mesh.nodes.map((node) => node.kill()));
  }
}

/** Returns a number scaled by the context, at least 1. */
export function scaled({ scale = 1 }: ExperimentContext, full: number): number {
  return Math.max(1, Math.round(full * scale));
}
