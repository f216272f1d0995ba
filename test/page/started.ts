/** Starts the whole system like a user, with its live page. */
import type { TestContext } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { PORTS_OF_START, portsOfNodes, startLocal } from '../helpers/local.ts';
import { engine } from '../helpers/nodes.ts';

/** Runs `npm start`, until the page is served. @param env settings of all processes. */
export async function startWithPage(t: TestContext, args: string[], env: Record<string, string> = {}) {
  const ports = await portsOfNodes(t, engine.name, PORTS_OF_START);
  const all = ['--base-port', `${ports[0]}`, '--engine', engine.name, ...args];
  const start = startLocal(t, 'start', all, env);
  await start.prints(/Live page: /);
  const [, url = ''] = /Live page: (\S+)$/m.exec(start.output()) ?? [];
  await eventually(() => fetch(url));
  return { start, url, ports, nodes: ports.slice(0, 3).map((port) => `127.0.0.1:${port}`) };
}
