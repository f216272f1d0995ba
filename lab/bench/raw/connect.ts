/** Connects to nodes without a client library, to add as little overhead as possible. */
import { CREDENTIALS } from '../../../common/client-options.ts';
import { parseNode } from '../../../common/nodes.ts';
import { pickSettings } from '../../../common/settings.ts';
import { defaultsOf } from '../../../toolkit/node/address.ts';
import { Connection } from '../../../toolkit/node/connection.ts';
import type { OnPush, Reply } from '../../../toolkit/node/resp.ts';

/**
 * Connects with the credentials of the environment.
 * @param address `host:port`. @throws NodeError.
 */
export async function connect(address: string, db = 0, onPush?: OnPush): Promise<Connection> {
  const credentials = defaultsOf(pickSettings(process.env, CREDENTIALS));
  const connection = await Connection.open(
    { ...parseNode(address), ...credentials },
    { ...(onPush && { onPush }) },
  );
  await connection.call(['SELECT', String(db)]);
  return connection;
}

/** Returns whether a push is a message. A confirmation of SUBSCRIBE has a number instead of the text. */
export function isMessage([, , text]: Reply[]): boolean {
  return Buffer.isBuffer(text);
}
