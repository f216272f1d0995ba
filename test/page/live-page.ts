/** Opens the live page in a real browser, and reads it like a person: by roles, names, and texts. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { startBrowser } from '../../toolkit/browser.ts';
import { eventually } from '../helpers/eventually.ts';

/** Pause between two looks at the page. */
const PAUSE_MS = 200;

type Scope = Pick<TestContext, 'after'>;

/** Width and height of the window. It is so high that all sections are visible, because the page draws no other ones. */
export const DESKTOP = { width: 1280, height: 2600 };

/** Starts a browser that is closed after the test. */
export async function openBrowser(t: Scope): Promise<Browser> {
  const browser = await startBrowser();
  t.after(() => browser.close());
  return browser;
}

export class LivePage {
  readonly page: Page;
  /** What a page must not do: console messages (also of the security policy), errors, requests to other hosts. */
  readonly problems: string[] = [];
  readonly #url: string;

  private constructor(page: Page, url: string) {
    this.page = page;
    this.#url = url;
    page.setDefaultTimeout(60_000);
    page.on('console', (message) => this.problems.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => this.problems.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== url) this.problems.push(`request: ${request.url()}`);
    });
  }

  /** Opens an empty window. @param url origin of the page. @param script file that runs before those of the page. */
  static async create(
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
    script?: string,
  ): Promise<LivePage> {
    const context = await browser.newContext({ viewport: DESKTOP, ...options });
    if (script !== undefined) await context.addInitScript({ path: script });
    return new LivePage(await context.newPage(), url);
  }

  /** Opens the page. */
  static async open(...args: Parameters<typeof LivePage.create>): Promise<LivePage> {
    const created = await LivePage.create(...args);
    await created.load();
    return created;
  }

  async load(): Promise<void> {
    await this.page.goto(this.#url);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  /** Waits until the page says this about nodes and links. */
  says(pattern: RegExp): Promise<void> {
    const status = this.page.getByRole('status').first();
    return this.eventually(async () => assert.match((await status.textContent()) ?? '', pattern));
  }

  /** Waits until the page warns about stale data, or stops to warn. */
  isStale(stale: boolean): Promise<void> {
    const warning = this.page.getByRole('alert').filter({ hasText: 'stale' });
    return this.eventually(async () => assert.equal(await warning.isVisible(), stale));
  }

  /** Waits until the list of writes shows a further one. */
  async newWrite(): Promise<void> {
    const newest = this.page.getByRole('listbox').getByRole('option').first().locator('.seq');
    const before = await newest.textContent();
    await this.eventually(async () => assert.notEqual(await newest.textContent(), before));
  }

  /** Opens or closes the tables behind a drawing. */
  async toggle(summary: string): Promise<void> {
    await this.page.getByText(summary, { exact: true }).click();
  }

  /** Returns the cells of a table that is open, without its head. */
  async rows(caption: RegExp): Promise<string[][]> {
    const table = this.page.getByRole('table', { name: caption });
    const columns = await table.locator('thead th').count();
    // All cells at once, because the page creates the table again with each change.
    const cells = await table.locator('tbody').locator('th, td').allTextContents();
    return Array.from({ length: cells.length / columns }, (_, i) =>
      cells.slice(i * columns, (i + 1) * columns),
    );
  }

  /** Waits until an assertion about the rows of a table passes. @returns its result. */
  table<T>(caption: RegExp, assertion: (rows: string[][]) => T): Promise<T> {
    return this.eventually(async () => assertion(await this.rows(caption)));
  }

  /** Clicks a button by its name. */
  async click(name: string | RegExp): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).click();
  }

  /** The page must not have done anything forbidden so far. */
  hasNoProblems(): void {
    assert.deepEqual(this.problems, []);
  }

  /** Waits until an assertion about the page passes. @throws the error of the last try, with the problems of the page. */
  async eventually<T>(assertion: () => Promise<T>): Promise<T> {
    const patient = () =>
      assertion().catch(async (error) => {
        // On a busy machine, reading the page all the time would keep it from drawing.
        await wait(PAUSE_MS);
        throw error;
      });
    try {
      return await eventually(patient);
    } catch (error) {
      if (this.problems.length > 0) (error as Error).message += `\nthe page: ${this.problems.join('; ')}`;
      throw error;
    }
  }
}
