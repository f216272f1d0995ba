/** Serves the metrics and the state of a process by HTTP, at METRICS_PORT. A process can add routes of its own. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Metrics } from './metrics.ts';
import type { Node } from './nodes.ts';
import { SettingsError } from './settings.ts';
import { shown } from './value.ts';

/** Answers a request. Node omits the body of the answer to HEAD. */
export type Route = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Routes by path for GET and HEAD, and by `POST <path>`. */
export type Routes = Record<string, Route>;

const PLAIN_TEXT = 'text/plain; charset=utf-8';

/**
 * Listens at the address, and answers `/metrics`, `/healthz`, `/readyz`, and the further routes.
 * @returns a function that closes the server and its connections at once.
 * @throws SettingsError if the process cannot listen there.
 */
export async function serve(address: Node, metrics: Metrics, routes: Routes = {}): Promise<() => void> {
  const all: Routes = { ...routesOf(metrics), ...routes };
  const server = createServer((request, response) => answer(request, response, all));
  try {
    await once(server.listen(address.port, address.host), 'listening');
  } catch (error) {
    throw new SettingsError([
      `METRICS_PORT: expected an address at which no other process listens, got "${address.name}" (${shown((error as Error).message)}). Each process on a machine needs a port of its own`,
    ]);
  }
  // A connection that cannot be accepted, because too many files are open, must not end the service.
  server.on('error', () => {});
  return () => {
    server.close();
    server.closeAllConnections();
  };
}

/** Sends an answer of one piece. */
export function send(response: ServerResponse, status: number, body: string, type = PLAIN_TEXT): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

function routesOf(metrics: Metrics): Routes {
  return {
    '/metrics': async (_, response) => send(response, 200, await metrics.text(), metrics.contentType),
    '/healthz': (_, response) => send(response, 200, 'the event loop runs\n'),
    '/readyz': (_, response) => {
      const reason = metrics.notReady();
      send(response, reason === undefined ? 200 : 503, `${reason ?? 'ready'}\n`);
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, routes: Routes): void {
  const { method = '', url = '' } = request;
  const [path = ''] = url.split('?');
  const find = (key: string) => (Object.hasOwn(routes, key) ? routes[key] : undefined);
  const [read, post] = [find(path), find(`POST ${path}`)];
  const route = method === 'GET' || method === 'HEAD' ? read : method === 'POST' ? post : undefined;
  const allowed = [...(read ? ['GET', 'HEAD'] : []), ...(post ? ['POST'] : [])];
  if (route) {
    // Its error is a defect, which ends the process as an unhandled rejection.
    void route(request, response);
  } else if (allowed.length > 0) {
    response.setHeader('allow', allowed.join(', '));
    send(response, 405, `only ${allowed.join(' and ')} ${allowed.length > 1 ? 'are' : 'is'} allowed\n`);
  } else {
    send(response, 404, `not found; the paths are ${Object.keys(routes).join(', ')}\n`);
  }
}
