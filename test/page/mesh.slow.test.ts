/** The live page of `npm start -- --controls` in a real browser: writes, faults, the interval, and hostile values. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { noBrowser } from '../../toolkit/browser.ts';
import { nothingListens } from '../helpers/local.ts';
import { connect, needsMultiMaster } from '../helpers/nodes.ts';
import { LivePage, openBrowser } from './live-page.ts';
import { startWithPage } from './started.ts';

const VALUES = /^Value of shared_key on each node$/;
const SERVICES = /^Services$/;
const TIMES = /^Times since .* was sent$/;
/** From a fault to its recovery. The page must show it within this time also on a busy machine. */
const FAULT_SECONDS = 25;

test('the live page of npm start -- --controls', { skip: noBrowser || needsMultiMaster }, async (t) => {
  // The page lets the writer write, not the time.
  const env = { WRITE_INTERVAL_MS: '3600000' };
  const { start, url, ports, nodes } = await startWithPage(t, ['--controls', `${FAULT_SECONDS}`], env);
  const [first = '', second = '', third = ''] = nodes;
  const live = await LivePage.open(await openBrowser(t), url);
  await live.toggle('Mesh as tables');
  await live.toggle('This write as a table');
  await live.says(/^All 3 nodes and 6 links are up\.$/);

  /** Returns the sequence number that the nodes have in common. */
  const commonSeq = () =>
    live.table(VALUES, (rows) => {
      assert.deepEqual(
        rows.map(([node]) => node),
        nodes,
      );
      const [seq = '', ...others] = new Set(rows.map(([, , cell]) => cell));
      assert.deepEqual(others, []);
      assert.match(seq, /^\d+$/);
      return Number(seq);
    });
  const nodeOf = (service: string, rows: string[][]) => rows.find(([name]) => name === service)?.at(3);
  const cut = async (peer: string) => {
    await live.page.getByRole('combobox', { name: 'Link' }).selectOption(`${first} – ${peer}`);
    await live.click('Cut');
  };
  const step = (name: string, run: (t: TestContext) => Promise<void>) =>
    t.test(name, async (t) => {
      await run(t);
      live.hasNoProblems();
    });

  await step('a write appears on all nodes, with every step of both observers', async () => {
    const before = await commonSeq();
    await live.click('Write now');
    await live.eventually(async () => assert.equal(await commonSeq(), before + 1));
    await live.table(TIMES, (rows) => {
      const reached = rows
        .filter(([, , time = '']) => /^[\d.]+ m?s$/.test(time))
        .map(([event, where]) => `${event} ${where}`);
      const ofObserver = (name: string) =>
        ['Notified', 'Read', 'Handshake sent', 'Handshake acknowledged', 'Handshake received'].map(
          (event) => `${event} ${name}`,
        );
      const expected = [
        `Acknowledged ${first}`,
        ...nodes.map((node) => `Visible ${node}`),
        ...['sync-observer', 'async-observer'].flatMap(ofObserver),
      ];
      assert.deepEqual(reached.toSorted(), expected.toSorted());
    });
  });

  await step('a partition shows two values, and the same one after it', async () => {
    const before = await commonSeq();
    await cut(second);
    await cut(third);
    await live.says(/4 of 6 links are down/);
    await live.click('Write now');
    await live.table(VALUES, (rows) => {
      assert.deepEqual(
        rows.map(([, state, seq]) => [state, seq]),
        [['up', `${before + 1}`], ...[second, third].map(() => ['up, 1 write behind', `${before}`])],
      );
    });
    await live.says(/^All 3 nodes and 6 links are up\.$/);
    await live.eventually(async () => assert.equal(await commonSeq(), before + 1));
  });

  await step('the interval is changed on a node, and the writer follows', async () => {
    const before = await commonSeq();
    await live.page.getByLabel('Seconds').fill('1');
    await live.page.getByLabel('Set on').selectOption(third);
    await live.click('Set');
    const shown = live.page.getByText(/^update_interval/);
    await live.eventually(async () =>
      assert.equal(
        await shown.textContent(),
        'update_interval on all nodes: 1. The writer writes every 1 s.',
      ),
    );
    await live.eventually(async () => assert.ok((await commonSeq()) > before + 1));
    await live.click('Use the default');
    await live.eventually(async () =>
      assert.equal(
        await shown.textContent(),
        'update_interval on all nodes: not set. The writer writes every 3600 s.',
      ),
    );
  });

  await step('a killed node is shown, its service fails over, and its return is shown', async (t) => {
    await live.table(SERVICES, (rows) => assert.equal(nodeOf('sync-observer', rows), second));
    const killedAt = Date.now();
    await live.click(`Kill ${second}`);
    await live.says(new RegExp(`${second} is down \\(unreachable\\)`));
    t.diagnostic(`the page showed the killed node after ${Date.now() - killedAt} ms`);
    await live.table(SERVICES, (rows) => assert.equal(nodeOf('sync-observer', rows), third));
    const countdown = live.page.getByRole('list', { name: 'Active faults' }).getByRole('listitem');
    assert.match((await countdown.textContent()) ?? '', new RegExp(`^${second} is killed: ends in \\d+ s$`));
    await live.says(/^All 3 nodes and 6 links are up\.$/);
    await live.eventually(async () => assert.equal(await countdown.count(), 0));
    await commonSeq();
  });

  await step('a paused node is shown, and a restart ends the pause', async () => {
    await live.click(`Pause ${third}`);
    await live.says(new RegExp(`${third} is down \\(timeout\\)`));
    await live.click(`Restart ${third}`);
    await live.says(/^All 3 nodes and 6 links are up\.$/);
  });

  await step('markup in the shared key and in the interval is text', async (t) => {
    const markup = `<img src=x onerror="window.hostile=1"><script>window.hostile=1</script>`;
    const node = await connect(t, ports[1] ?? 0);
    await node.set(
      'shared_key',
      `${markup} seq 7 micros ${Date.now()}000 timestamp ${Math.floor(Date.now() / 1000)}`,
    );
    await live.table(VALUES, (rows) => {
      for (const row of rows) assert.ok(row[4]?.startsWith(`${markup} seq 7 `), row[4]);
    });
    await node.set('update_interval', markup);
    await live.page.getByText(`update_interval on all nodes: ${markup}.`).waitFor();
    await live.page.locator('#log').getByText(markup).first().waitFor();
    assert.equal(await live.page.locator('img, script:not([src])').count(), 0);
    assert.equal(await live.page.evaluate('window.hostile'), undefined);
    await node.set('shared_key', `${markup} without a timestamp`);
    await live.table(VALUES, (rows) =>
      assert.deepEqual(
        rows.map((row) => row[4]),
        ['–', '–', '–'],
      ),
    );
    await node.del('update_interval');
    await live.click('Write now');
    await commonSeq();
  });

  await t.test('Ctrl-C during faults leaves no process behind', async () => {
    await live.click(`Pause ${second}`);
    await cut(third);
    await live.click(`Kill ${first}`);
    await live.says(new RegExp(`${first} is down`));
    start.ctrlC();
    assert.equal(await start.exitCode(), 0, start.output());
    await nothingListens(ports);
  });
});
