/** Tests the command that takes the pictures for the documentation. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { noBrowser } from '../../toolkit/browser.ts';
import { freePorts } from '../../toolkit/ports.ts';
import { runEntry } from '../helpers/entry.ts';
import { nothingListens, PORTS_OF_START, portsOfNodes } from '../helpers/local.ts';
import { engine, needsMultiMaster } from '../helpers/nodes.ts';

/** Where a PNG file stores its width. */
const WIDTH_AT = 16;

test('npm run screenshots writes a picture of each scene, and leaves no process behind', {
  skip: noBrowser || needsMultiMaster,
}, async (t) => {
  const out = await mkdtemp(join(tmpdir(), 'screenshots-test-'));
  t.after(() => rm(out, { recursive: true, force: true }));
  const ports = await portsOfNodes(t, engine.name, PORTS_OF_START);
  const args = ['--out', out, '--base-port', `${ports[0]}`, '--engine', engine.name];
  const { code, stderr } = await runEntry('lab/screenshots/main', args);
  assert.equal(code, 0, stderr);
  const names = await readdir(out);
  assert.deepEqual(names.toSorted(), ['node-down.png', 'partition.png', 'undisturbed.png']);
  for (const name of names)
    assert.equal((await readFile(join(out, name))).readUInt32BE(WIDTH_AT), 1280, name);
  await nothingListens(ports);
});

test('npm run screenshots ends if npm start fails, and prints its error', { skip: noBrowser }, async (t) => {
  const out = await mkdtemp(join(tmpdir(), 'screenshots-test-'));
  t.after(() => rm(out, { recursive: true, force: true }));
  const [base] = await freePorts(PORTS_OF_START);
  const args = ['--out', out, '--base-port', `${base}`, '--engine', 'no-such-server'];
  const { code, stderr } = await runEntry('lab/screenshots/main', args);
  assert.equal(code, 2, stderr);
  assert.match(stderr, /there is no no-such-server on this machine/);
  assert.deepEqual(await readdir(out), []);
});
