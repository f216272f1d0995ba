/** A page as a person sees it: in a real browser, in light and in dark. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Why there is nothing to look with, for `skip`; `false` where there is a browser. */
export const noBrowser =
  !existsSync(CHROMIUM) && `needs a browser to open the report in, and there is no ${CHROMIUM}`;

/**
 * Opens a page in light and in dark, and looks at it once it is drawn.
 * @throws AssertionError if it writes to the console, throws, or asks the network for anything.
 */
export async function lookAt(
  t: TestContext,
  file: string,
  look: (page: Page) => Promise<void>,
): Promise<void> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_ARGS });
  t.after(() => browser.close());
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ colorScheme });
    const wrong: string[] = [];
    page.on('console', (message) => wrong.push(message.text()));
    page.on('pageerror', (error) => wrong.push(error.message));
    page.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) wrong.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    await page.waitForSelector('html[data-drawn=yes]');
    await look(page);
    assert.deepEqual(wrong, []);
    await page.close();
  }
}
