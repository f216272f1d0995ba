// @ts-check
// The live page: receives the state of the mesh, and draws what changed.
/** @import { Changes } from '../page-state.ts' */
import { setUpControls, showControls } from './controls.js';
import { byId, write } from './dom.js';
import { time } from './format.js';
import { setUpLatencyCharts } from './latency-charts.js';
import { Live } from './live.js';
import { clearLog, setUpLog } from './log.js';
import { drawMesh, verdicts } from './mesh.js';
import { setUpMeshTables } from './mesh-tables.js';
import { setUpRatesChart } from './rates-chart.js';
import { changed, isPaused, section, setPaused } from './schedule.js';
import * as shown from './shown-write.js';
import { play } from './slow-motion.js';
import { state } from './state.js';
import { describeMesh } from './status.js';
import { setUpSteps } from './steps.js';
import { setUpWaterfall } from './waterfall.js';
import { setUpWrites } from './writes.js';

section(byId('mesh-section'), ['mesh', 'clock'], drawMesh);
setUpMeshTables();
setUpSteps();
setUpWaterfall();
setUpWrites();
setUpLatencyCharts();
setUpRatesChart();
setUpControls();
setUpLog();
shown.listen(play);
byId('follow').addEventListener('click', shown.follow);

/** Time of the last data, for the reader. */
let lastData = Date.now();

/** @param {Changes} changes */
function announce(changes) {
  lastData = Date.now();
  if (changes.mesh) {
    verdicts.update(changes.mesh);
    const { text, trouble } = describeMesh(changes.mesh, verdicts.links);
    write(byId('status'), text);
    byId('status').classList.toggle('trouble', trouble);
    changed('mesh');
  }
  if (changes.writes) {
    if (!isPaused()) shown.update();
    changed('writes');
  }
  if (changes.samples) changed('samples');
  if (changes.seconds) changed('seconds');
  if (changes.log || changes.omittedLines) changed('log');
  if (changes.controls) showControls();
}

const connection = byId('connection');
new Live({
  onSnapshot: (page) => {
    state.replace(page);
    clearLog();
    announce(page);
  },
  onChanges: (changes) => {
    state.apply(changes);
    announce(changes);
  },
  onFresh: (fresh) => {
    const since = time(lastData);
    connection.dataset.state = fresh ? 'live' : 'stale';
    write(connection, fresh ? 'Live' : 'Not connected');
    byId('stale').hidden = fresh;
    write(
      byId('stale'),
      fresh ? '' : `No data since ${since}: what you see is stale. The page reconnects by itself.`,
    );
    document.body.classList.toggle('stale', !fresh);
  },
});

const pause = byId('pause');
pause.addEventListener('click', () => {
  const paused = !isPaused();
  setPaused(paused);
  pause.setAttribute('aria-pressed', String(paused));
  write(pause, paused ? 'Resume page' : 'Pause page');
});

setInterval(() => {
  if (document.hidden) return;
  if (!isPaused()) shown.update();
  // Ages and charts move on without data.
  if (connection.dataset.state === 'live') changed('clock', 'samples', 'seconds');
}, 1_000);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => changed('theme'));
