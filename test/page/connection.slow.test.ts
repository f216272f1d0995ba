/** The live page without a mesh, without the monitor, and against its security policy, in a real browser. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Browser } from 'playwright-core';
import { noBrowser } from '../../toolkit/browser.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { eventually } from '../helpers/eventually.ts';
import { startMesh } from '../helpers/nodes.ts';
import { RunningService } from '../helpers/service.ts';
import { LivePage, openBrowser } from './live-page.ts';

test('the live page of a monitor alone', { skip: noBrowser }, async (t) => {
  const browser: Browser = await openBrowser(t);

  await t.test(
    'without a mesh, says that no node answers, and offers no control that cannot work',
    async (t) => {
      const [port, ...ports] = await freePorts(4);
      const nodes = ports.map((closed) => `127.0.0.1:${closed}`);
      new RunningService(t, 'monitor', { KEYDB_NODES: nodes.join(','), METRICS_PORT: `${port}` });
      const url = `http://127.0.0.1:${port}`;
      await eventually(() => fetch(url));
      const live = await LivePage.open(browser, url);
      await live.says(/^No node answers\.$/);
      await live.toggle('Mesh as tables');
      await live.table(/^Value of/, (rows) =>
        assert.deepEqual(
          rows.map(([node, state = '']) => [node, state.split(':')[0]]),
          nodes.map((node) => [node, 'unreachable']),
        ),
      );
      for (const name of ['Write now', /^Kill/, /^Cut/])
        assert.equal(await live.page.getByRole('button', { name }).count(), 0);
      live.hasNoProblems();
      await live.close();
    },
  );

  await t.test(
    'after a restart of the monitor, shows that its data is stale, and then fresh data',
    async (t) => {
      const mesh = await startMesh(t, 2);
      const [port] = await freePorts(1);
      const env = { KEYDB_NODES: mesh.addresses, METRICS_PORT: `${port}`, NODE_TIMEOUT_MS: '10000' };
      const url = `http://127.0.0.1:${port}`;
      const monitor = new RunningService(t, 'monitor', env);
      await eventually(() => fetch(url));
      const live = await LivePage.open(browser, url);
      await live.says(/are up\.$/);
      await live.isStale(false);
      live.hasNoProblems();
      await monitor.stop();
      await live.isStale(true);
      new RunningService(t, 'monitor', env);
      await live.isStale(false);
      await live.says(/are up\.$/);
      // The browser itself logs each failed attempt to connect.
      const others = live.problems.filter(
        (problem) => !/ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING)/.test(problem),
      );
      assert.deepEqual(others, []);
      await live.close();
    },
  );

  await t.test('the security policy blocks other hosts, inline scripts, and markup as text', async (t) => {
    const [port] = await freePorts(1);
    new RunningService(t, 'monitor', { KEYDB_NODES: '127.0.0.1:1', METRICS_PORT: `${port}` });
    const url = `http://127.0.0.1:${port}`;
    await eventually(() => fetch(url));
    const live = await LivePage.open(browser, url);
    await live.says(/./);
    live.hasNoProblems();
    await live.page.evaluate(
      `document.body.append(Object.assign(new Image(), { src: 'http://127.0.0.1:1/' }))`,
    );
    await eventually(() => assert.match(live.problems.join(), /console: .*violates .*img-src 'self'/));
    const assigned = live.page.evaluate(`document.body.innerHTML = '<b>markup</b>'`);
    await assert.rejects(assigned, /TrustedHTML/);
    await live.close();
  });
});
