/** Starts an installed Chromium, for tests of pages and for pictures of them. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PROGRAM = '/usr/bin/chromium';
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** The reason why no browser is available, or `false`. */
export const noBrowser: string | false = !existsSync(PROGRAM) && `needs a browser: ${PROGRAM} does not exist`;

export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: PROGRAM, args: ARGS });
}
