/** The nodes of `--nodes`: which of them accept writes. */
import { pickSettings } from '../../../common/settings.ts';
import { NodeError, UsageError } from '../../../toolkit/node/errors.ts';
import { connect } from '../raw/connect.ts';
import { handshakesTo, type Target, targetOf } from './target.ts';

/**
 * Returns the target of given nodes. All accept writes, or those of WRITE_NODES.
 * @throws UsageError if a node does not accept the writes that the benchmark sends to it.
 */
export async function givenTarget(addresses: readonly string[]): Promise<Target> {
  const names = pickSettings(process.env, ['WRITE_NODES']).WRITE_NODES.map(({ name }) => name);
  const unknown = names.find((name) => !addresses.includes(name));
  if (unknown !== undefined)
    throw new UsageError(
      `WRITE_NODES: expected only nodes of --nodes (${addresses.join(', ')}), got "${unknown}"`,
    );
  const target = targetOf(addresses, names.length > 0 ? names : addresses, false);
  for (const address of new Set([target.writeTo, handshakesTo(target)])) await rejectReplica(address);
  return target;
}

async function rejectReplica(address: string): Promise<void> {
  const connection = await connect(address);
  try {
    // A read-only replica rejects this write, although the key does not exist.
    await connection.call(['DEL', 'bench:writable']);
  } catch (error) {
    if (!(error instanceof NodeError && error.code === 'READONLY')) throw error;
    throw new UsageError(
      `--nodes: ${address} is a read-only replica: set WRITE_NODES to the nodes of --nodes that accept writes, such as their primary`,
    );
  } finally {
    connection.close();
  }
}
