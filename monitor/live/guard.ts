/**
 * Protects the page from other web pages in the same browser. Such a page can send requests to this machine, and can let a
 * name of its own resolve to 127.0.0.1 (DNS rebinding).
 */
import type { IncomingMessage } from 'node:http';
import { type Route, send } from '../../common/metrics-server.ts';

const LOCAL_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/** Wraps a route that only reads: the request must be for a local name. */
export function localOnly(route: Route): Route {
  return guarded(route, ({ headers: { host = '' } }) =>
    isLocal(host)
      ? undefined
      : `the page is only at ${LOCAL_NAMES.join(', ')}, and the request is for another host`,
  );
}

/** Wraps a route that changes something: in addition, the request must not come from another web page. */
export function sameOriginOnly(route: Route): Route {
  return localOnly(
    guarded(route, ({ headers: { host, origin, 'sec-fetch-site': site } }) =>
      (origin === undefined || origin === `http://${host}`) && (site === undefined || site === 'same-origin')
        ? undefined
        : 'the request comes from another web page: use the live page itself',
    ),
  );
}

/** @param problemOf returns why the request is rejected. */
function guarded(route: Route, problemOf: (request: IncomingMessage) => string | undefined): Route {
  return (request, response) => {
    const problem = problemOf(request);
    return problem === undefined ? route(request, response) : send(response, 403, `${problem}\n`);
  };
}

function isLocal(host: string): boolean {
  return LOCAL_NAMES.includes(host.replace(/:\d{1,5}$/, '').toLowerCase());
}
