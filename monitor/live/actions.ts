/** The requests of the page that change something: POST with JSON. They answer 204, or an error with the remedy. */
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { type Route, type Routes, send } from '../../common/metrics-server.ts';
import { shown } from '../../common/value.ts';
import { sameOriginOnly } from './guard.ts';

/** Executes a request with this body. @throws Error with the remedy; RequestError if the body is wrong. */
export type Action = (body: unknown) => Promise<void>;

/** The request cannot be executed as it is. */
export class RequestError extends Error {}

/** Returns an action that runs only with a valid body. */
export function action<T>(schema: z.ZodType<T>, run: (body: T) => Promise<void>): Action {
  return async (body) => {
    const { data, error } = schema.safeParse(body);
    const [issue] = error?.issues ?? [];
    if (issue) throw new RequestError(shown(`${issue.path.join('.') || 'body'}: ${issue.message}`));
    await run(data as T);
  };
}

const MAX_BODY = 1_000;

/** Returns the routes of actions by name. */
export function actionRoutes(actions: Record<string, Action>): Routes {
  return Object.fromEntries(
    Object.entries(actions).map(([name, one]) => [`POST /actions/${name}`, sameOriginOnly(routeOf(one))]),
  );
}

function routeOf(run: Action): Route {
  return async (request, response) => {
    const [type] = request.headers['content-type']?.split(';') ?? [];
    if (type !== 'application/json') return send(response, 415, 'expected content-type application/json\n');
    try {
      await run(await readJson(request));
      response.writeHead(204, { 'cache-control': 'no-store' }).end();
    } catch (error) {
      send(response, error instanceof RequestError ? 400 : 502, `${(error as Error).message}\n`);
    }
  };
}

/** Returns the body as data; `undefined` if it is no JSON, or too large. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  try {
    for await (const chunk of request.setEncoding('utf8')) {
      text += chunk;
      if (text.length > MAX_BODY) return undefined;
    }
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
