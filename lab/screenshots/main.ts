/** Takes the pictures of the live page for the documentation: npm run screenshots */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Page } from 'playwright-core';
import { nodePorts, pagePort } from '../../operate/local/index.ts';
import { noBrowser, startBrowser } from '../../toolkit/browser.ts';
import { engineOption, outOption, parse, toolCommand, wholeNumber } from '../../toolkit/options.ts';
import { OWN_GROUP } from '../../toolkit/own-group.ts';
import { root } from '../../toolkit/root.ts';
import { EXIT, interrupted, runTool, type ToolRun } from '../../toolkit/run-tool.ts';
import { SCENES, says } from './scenes.ts';

interface Options {
  out: string;
  basePort: number;
  engine?: string;
}

/** The steps, the mesh, and one write. */
const WINDOW = { width: 1280, height: 860 };
const WRITE_INTERVAL_MS = 1_000;
/** A fault lasts until its picture is taken, also on a busy machine. */
const FAULT_SECONDS = 45;
/** Timeout for a state of the page. */
const DEADLINE_MS = 120_000;

await runTool(async (run) => {
  const options = readOptions();
  if (noBrowser) throw new Error(`${noBrowser}: install Chromium`);
  await interrupted(takeAll(options, run), run.signal);
  return run.signal.aborted ? EXIT.unknown : EXIT.holds;
});

function readOptions(): Options {
  const command = toolCommand(
    'npm run screenshots',
    'Starts the system with npm start -- --controls, and takes pictures of its live page: undisturbed, with a killed node, and with a partition.',
    { 0: 'written', 2: 'not written' },
  )
    .addOption(outOption('folder', 'the pictures').default('docs/images'))
    .option('--base-port <port>', 'base port of npm start', wholeNumber(1, 65_400), 7001)
    .addOption(engineOption());
  return parse<Options>(command);
}

async function takeAll(options: Options, { progress, cleanups }: ToolRun): Promise<void> {
  const { out } = options;
  const nodes = nodePorts(options).map((port) => `127.0.0.1:${port}`);
  progress.start('starting the system');
  const started = startSystem(options, cleanups);
  const page = await Promise.race([openPage(pagePort(options), cleanups), started]);
  await mkdir(out, { recursive: true });
  for (const { name, about, arrange, restore } of SCENES) {
    progress.start(about);
    await arrange(page, nodes);
    const path = join(out, `${name}.png`);
    await page.screenshot({ path });
    progress.say(`${path}: ${about}`);
    await restore?.(page);
  }
}

/** Runs `npm start`. @throws Error if it ends. */
async function startSystem({ basePort, engine }: Options, cleanups: ToolRun['cleanups']): Promise<never> {
  const args = ['--base-port', `${basePort}`, '--controls', `${FAULT_SECONDS}`];
  if (engine !== undefined) args.push('--engine', engine);
  const system = execa(process.execPath, [join(root, 'dist/operate/local/start.js'), ...args], {
    ...OWN_GROUP,
    cwd: root,
    env: { WRITE_INTERVAL_MS: `${WRITE_INTERVAL_MS}` },
    stdout: 'ignore',
    stderr: 'inherit',
  });
  cleanups.push(async () => {
    system.kill('SIGINT');
    await system;
  });
  const { exitCode } = await system;
  throw new Error(`npm start ended with ${exitCode}: see above`);
}

async function openPage(port: number, cleanups: ToolRun['cleanups']): Promise<Page> {
  const browser = await startBrowser();
  cleanups.push(() => browser.close());
  // Without motion, a picture shows each write as a whole.
  const page = await browser.newPage({ viewport: WINDOW, colorScheme: 'light', reducedMotion: 'reduce' });
  page.setDefaultTimeout(DEADLINE_MS);
  const url = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await page.goto(url).catch(() => null))) {
    if (performance.now() > deadline) throw new Error(`${url} does not answer: see above`);
    await page.waitForTimeout(200);
  }
  await says(page, /are up\.$/);
  return page;
}
