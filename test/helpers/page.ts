/** Opens pages in a real browser, with the light and the dark color scheme. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { startBrowser } from '../../toolkit/browser.ts';

export { noBrowser } from '../../toolkit/browser.ts';

/**
 * Opens a page in both color schemes, and checks it once it is drawn.
 * @throws AssertionError if the page writes to the console, throws, or accesses the network.
 */
export async function openPage(
  t: TestContext,
  file: string,
  check: (page: Page) => Promise<void>,
): Promise<void> {
  const browser = await startBrowser();
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
