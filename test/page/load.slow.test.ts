/** The live page at 1,000 writes per second, in a real browser. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Changes } from '../../monitor/page-state.ts';
import { noBrowser } from '../../toolkit/browser.ts';
import { eventually } from '../helpers/eventually.ts';
import { LivePage, openBrowser } from './live-page.ts';
import { startWithPage } from './started.ts';

const FRAME_MS = 100;
/** Enough frames with the state of the mesh, which contains the time of the monitor. */
const MESHES = 20;

test('at 1,000 writes per second, the page gets at most 10 frames per second', {
  skip: noBrowser,
}, async (t) => {
  const { url } = await startWithPage(t, [], { WRITE_INTERVAL_MS: '1', LOG_LEVEL: 'warn' });
  const live = await LivePage.create(await openBrowser(t), url);
  const network = await live.page.context().newCDPSession(live.page);
  await network.send('Network.enable');
  const frames: Changes[] = [];
  network.on('Network.eventSourceMessageReceived', ({ data }) => frames.push(JSON.parse(data)));
  await live.load();
  await live.says(/are up\.$/);

  // By the monitor's clock, because a busy machine delays the browser.
  const timed = () => frames.flatMap(({ mesh }, index) => (mesh ? [{ at: mesh.at, index }] : []));
  await eventually(() => assert.ok(timed().length >= MESHES));
  const [start, end] = [timed().at(0), timed().at(-1)];
  assert.ok(start && end);
  const [count, periods] = [end.index - start.index, (end.at - start.at) / FRAME_MS];
  t.diagnostic(`${count} frames in ${periods / 10} s`);
  assert.ok(count <= periods * 1.05 + 1, `${count} frames in ${periods} periods of ${FRAME_MS} ms`);
  assert.ok(frames.some(({ writes = [] }) => writes.length > 0));

  await live.toggle('Writes as a table');
  await live.table(/^Writes in each minute$/, ([last]) =>
    assert.ok(Number(last?.[1]?.replaceAll(',', '')) > 1_000),
  );
  await live.click('Pause page');
  await live.page.getByRole('button', { name: 'Resume page' }).waitFor();
  live.hasNoProblems();
});
