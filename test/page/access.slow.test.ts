/** Accessibility and size of the live page: axe-core in both color schemes and widths, keyboard alone, reduced motion. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { noBrowser } from '../../toolkit/browser.ts';
import { DESKTOP, LivePage, openBrowser } from './live-page.ts';
import { startWithPage } from './started.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** Also the rules for WCAG 2.2, which axe-core does not run by default. */
const RUN_AXE = `axe.run({ rules: { 'target-size': { enabled: true } } }).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => [id, target.join(' '), failureSummary].join(': '))))`;
const SCHEMES = ['light', 'dark'] as const;
const WIDTHS = [320, DESKTOP.width];
const MAX_BYTES = 200_000;
const FOCUSABLE = 'a[href], button, input, select, summary, [tabindex="0"]';
/** The names of the visible elements that a keyboard must reach, and of the one that it has reached. */
const NAME_OF = `(e) => e.id || e.getAttribute('aria-label') || e.textContent`;
const REACHABLE = `[...document.querySelectorAll('${FOCUSABLE}')].filter((e) => e.checkVisibility() && !e.disabled).map(${NAME_OF})`;
const FOCUSED = `document.activeElement === document.body ? '' : (${NAME_OF})(document.activeElement)`;
const OUTLINED = `getComputedStyle(document.activeElement).outlineStyle !== 'none'`;
/** Counts the tokens that move through the mesh. */
const COUNT_MOTION = `globalThis.motions = 0;
  new MutationObserver(() => { motions += 1; }).observe(document.querySelector('.tokens'), { childList: true })`;

test('the live page is accessible and light', { skip: noBrowser }, async (t) => {
  // The fault stays until the end of the test.
  const { url, nodes } = await startWithPage(t, ['--controls', '3600'], { WRITE_INTERVAL_MS: '1000' });
  const browser = await openBrowser(t);
  const first = await LivePage.open(browser, url);
  await first.says(/are up\.$/);

  await t.test('the keyboard alone reaches and operates everything, with a visible focus', async () => {
    const { page } = first;
    await first.newWrite();
    const expected: string[] = await page.evaluate(REACHABLE);
    assert.ok(expected.length > 10, expected.join());
    const reached: string[] = [];
    for (;;) {
      await page.keyboard.press('Tab');
      const focused: string = await page.evaluate(FOCUSED);
      if (focused === '' || reached.includes(focused)) break;
      assert.ok(await page.evaluate(OUTLINED), `${focused} shows no focus`);
      reached.push(focused);
    }
    assert.deepEqual(reached, expected);

    const press = async (role: 'button', name: string) => {
      await page.getByRole(role, { name, exact: true }).focus();
      await page.keyboard.press('Enter');
    };
    await press('button', 'Pause page');
    await page.getByRole('button', { name: 'Resume page' }).waitFor();
    await press('button', 'Resume page');
    await page.getByRole('listbox').focus();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('button', { name: 'Follow the newest' }).waitFor();
    await page.locator('summary').first().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('table').first().waitFor();
    await press('button', `Pause ${nodes[2]}`);
    await first.says(new RegExp(`${nodes[2]} is down \\(timeout\\)`));
    first.hasNoProblems();
  });

  for (const reducedMotion of ['no-preference', 'reduce'] as const)
    await t.test(
      `a write ${reducedMotion === 'reduce' ? 'does not play' : 'plays'} with the setting ${reducedMotion}`,
      async () => {
        const live = await LivePage.open(browser, url, { reducedMotion });
        await live.newWrite();
        await live.page.evaluate(COUNT_MOTION);
        for (let i = 0; i < 6; i += 1) await live.newWrite();
        const motions = await live.page.evaluate('motions');
        assert.equal(motions === 0, reducedMotion === 'reduce', `${motions}`);
        await live.close();
      },
    );

  for (const colorScheme of SCHEMES)
    for (const width of WIDTHS)
      await t.test(`axe-core finds nothing with the ${colorScheme} scheme at ${width} px`, async () => {
        const viewport = { width, height: DESKTOP.height };
        const live = await LivePage.open(browser, url, { colorScheme, viewport }, AXE);
        await live.says(/is down/);
        for (const summary of await live.page.locator('summary').all()) await summary.click();
        await live.eventually(async () => assert.ok((await live.page.getByRole('table').count()) >= 6));
        assert.deepEqual(await live.page.evaluate(RUN_AXE), []);
        assert.ok(await live.page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
        live.hasNoProblems();
        await live.close();
      });

  await t.test(`the whole page has at most ${MAX_BYTES / 1000} kB`, async (t) => {
    const page = await browser.newPage();
    const sizes = new Map<string, Promise<number>>();
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (pathname !== '/live')
        sizes.set(
          pathname,
          response.body().then(({ length }) => length),
        );
    });
    await page.goto(url);
    await page
      .getByText(/is down/)
      .first()
      .waitFor();
    const bytes = (await Promise.all(sizes.values())).reduce((sum, size) => sum + size, 0);
    t.diagnostic(`${sizes.size} files, ${bytes} bytes`);
    assert.ok(sizes.has('/page/uplot.js') && bytes <= MAX_BYTES, `${bytes} bytes`);
    await page.close();
  });
});
