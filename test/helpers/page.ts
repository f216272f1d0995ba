/** Opens pages in a real browser, with the light and the dark color scheme. */
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

/** Value for a test's `skip` option: the reason why no browser is available, or `false`. */
export const noBrowser =
  !existsSync(CHROMIUM) && `needs a browser to open the report: ${CHROMIUM} does not exist`;

/**
 * Opens a page in both color schemes, and checks it once it is drawn.
 * @throws AssertionError if the page writes to the console, throws, or accesses the network.
 */
export async function openPage(
  t: TestContext,
  file: string,
  check: (page: Page) => Promise<void>,
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
    await check(page);
    assert.deepEqual(wrong, []);
    await page.close();
  }
}
