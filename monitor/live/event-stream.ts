/** Reads server-sent events. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { Node } from '../../common/nodes.ts';

export interface ServerEvent {
  name: string;
  data: string;
}

/** Above any event of a service, so that another server cannot exhaust the memory. */
const MAX_EVENT = 2 ** 20;

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'refuses connections: start the service with METRICS_PORT set to this address',
  ENOTFOUND: 'has an unknown host name: start the service, or correct SERVICE_ADDRESSES',
  EAI_AGAIN: 'has a host name that cannot be resolved now: start the service, or correct SERVICE_ADDRESSES',
};

/**
 * Yields the events of a path of a server until it closes the connection.
 * @param silentMs longest time without data.
 * @throws Error with the reason and the remedy.
 */
export async function* readEvents(
  { host, port, name }: Node,
  path: string,
  silentMs: number,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  const request = get({ host, port, path, agent: false, signal });
  request.setTimeout(silentMs, () =>
    request.destroy(new Error(`sent nothing for ${silentMs / 1000} seconds: it hangs`)),
  );
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const { statusCode, headers } = response;
    if (statusCode !== 200 || !headers['content-type']?.startsWith('text/event-stream'))
      throw new Error(`answers ${path} with status ${statusCode}: it is no service of this version`);
    yield* decode(response);
    throw new Error('closed the connection');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new Error(`${name} ${REASONS[code] ?? message}`);
  } finally {
    request.destroy();
  }
}

async function* decode(response: IncomingMessage): AsyncGenerator<ServerEvent> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop() ?? '';
    if (text.length > MAX_EVENT) throw new Error(`sent an event of more than ${MAX_EVENT} characters`);
    for (const block of blocks) {
      const name = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (name !== undefined && data !== undefined) yield { name, data };
    }
  }
}
