/** What the pictures show. Each scene uses the controls of the page, like a person. */
import type { Locator, Page } from 'playwright-core';

export interface Scene {
  /** Name of the file. */
  name: string;
  about: string;
  /** Brings the mesh into the state of the picture. */
  arrange(page: Page, nodes: readonly string[]): Promise<void>;
  /** Waits until the mesh is in its usual state again. */
  restore?(page: Page): Promise<void>;
}

/** Enough for charts that show something. */
const WRITES = 20;

export const SCENES: readonly Scene[] = [
  {
    name: 'undisturbed',
    about: 'All nodes have the newest value',
    arrange: async (page) => {
      await writes(page).nth(WRITES).waitFor();
    },
  },
  {
    name: 'partition',
    about: 'A node is isolated: writes on it do not reach the other nodes',
    arrange: async (page, [first = '', ...others]) => {
      for (const other of others) {
        await page.getByRole('combobox', { name: 'Link' }).selectOption(`${first} – ${other}`);
        await click(page, 'Cut');
      }
      await says(page, /4 of 6 links are down/);
      await newWrites(page);
      // By itself, the page shows a write that observers have read.
      await writes(page).first().click();
    },
    restore: async (page) => {
      await says(page, /are up\.$/);
      await click(page, 'Follow the newest');
    },
  },
  {
    name: 'node-down',
    about: 'A node is killed, and its observer has failed over',
    arrange: async (page, [, second = '', third = '']) => {
      await click(page, `Kill ${second}`);
      await says(page, /is down/);
      await page.getByText('Mesh as tables').click();
      await page.getByRole('row', { name: `sync-observer observer up ${third}`, exact: true }).waitFor();
      await page.getByText('Mesh as tables').click();
      await newWrites(page);
    },
  },
];

export async function says(page: Page, pattern: RegExp): Promise<void> {
  await page.getByRole('status').filter({ hasText: pattern }).first().waitFor();
}

/** Waits until the list shows more writes. */
async function newWrites(page: Page, count = 3): Promise<void> {
  const newest = writes(page).first().locator('.seq');
  for (let i = 0; i < count; i += 1) {
    const before = await newest.textContent();
    await newest.filter({ hasNotText: before ?? '' }).waitFor();
  }
}

/** Returns the list of recent writes, newest first. */
function writes(page: Page): Locator {
  return page.getByRole('listbox', { name: 'Recent writes' }).getByRole('option');
}

async function click(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click();
  // The click scrolled to the button.
  await page.evaluate('scrollTo(0, 0)');
}
