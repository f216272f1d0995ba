/** The routes of the live page: its files, its events, and its actions. */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { type Route, type Routes, send } from '../../common/metrics-server.ts';
import { root } from '../../toolkit/root.ts';
import { type Action, actionRoutes } from './actions.ts';
import { localOnly } from './guard.ts';
import type { LiveStream } from './live-stream.ts';

const FOLDER = join(root, 'monitor/page');
const UPLOT = dirname(createRequire(import.meta.url).resolve('uplot'));

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The page loads only its own files, and inserts text only as text. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** @param actions by name. */
export function pageRoutes(stream: LiveStream, actions: Record<string, Action>): Routes {
  return {
    '/': fileRoute(join(FOLDER, 'index.html')),
    ...fileRoutes(),
    '/page/uplot.js': fileRoute(join(UPLOT, 'uPlot.iife.min.js')),
    '/page/uplot.css': fileRoute(join(UPLOT, 'uPlot.min.css')),
    '/live': localOnly(({ method }, response) => {
      if (method === 'HEAD') return send(response, 200, '');
      if (!stream.add(response)) send(response, 503, 'too many pages are open: close one of them\n');
    }),
    ...actionRoutes(actions),
  };
}

/** Only the files of the folder have a route, so a path cannot leave the folder. */
function fileRoutes(): Routes {
  const names = readdirSync(FOLDER).filter((name) => extname(name) in TYPES);
  return Object.fromEntries(names.map((name) => [`/page/${name}`, fileRoute(join(FOLDER, name))]));
}

function fileRoute(path: string): Route {
  return localOnly(async (_, response) => {
    response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
    response.setHeader('referrer-policy', 'no-referrer');
    send(response, 200, await readFile(path, 'utf8'), TYPES[extname(path)]);
  });
}
