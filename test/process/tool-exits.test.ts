/** How a tool ends: its exit code, its cleanups, and its errors. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { startEntry } from '../helpers/entry.ts';

const CLEANED = 'ready\nfirst cleanup\nsecond cleanup';

async function start(...args: string[]) {
  const tool = startEntry('test/process/fixtures/slow-tool', args);
  await once(createInterface({ input: tool.stdout }), 'line');
  // Not the process itself, which is a promise of its end.
  return { tool };
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal}: cleans up in reverse order, and exits with the code of the work`, async () => {
    const { tool } = await start();
    tool.kill(signal);
    tool.kill(signal);
    const { exitCode, stdout, stderr } = await tool;
    assert.deepEqual([exitCode, stdout, stderr], [1, CLEANED, '']);
  });
}

for (const [how, error] of [
  ['throws', /^two lines$/],
  ['crashes', /^failed unexpectedly: .* is not a function \(DEBUG=1 shows where\)$/],
] as const) {
  test(`a tool that ${how}: cleans up, prints one line, exits with 2`, async () => {
    const { exitCode, stdout, stderr } = await startEntry('test/process/fixtures/slow-tool', [how]);
    assert.deepEqual([exitCode, stdout], [2, CLEANED]);
    assert.match(stderr, error);
  });
}

test('an error with --json: prints one object', async () => {
  const { exitCode, stdout } = await startEntry('test/process/fixtures/slow-tool', ['throws', '--json']);
  const [, json = ''] = stdout.split('\n');
  assert.deepEqual([exitCode, JSON.parse(json)], [2, { verdict: 'unknown', error: 'two lines' }]);
});

test('a failed cleanup: prints the error, runs the other cleanups, exits with 2', async () => {
  const { tool } = await start('fails');
  tool.kill('SIGINT');
  const { exitCode, stdout, stderr } = await tool;
  assert.deepEqual([exitCode, stdout, stderr], [2, CLEANED, 'the cleanup failed']);
});

test('a second signal ends a hung cleanup with 2', async () => {
  const { tool } = await start('hangs');
  const again = setInterval(() => tool.kill('SIGINT'), 50);
  const { exitCode, stdout } = await tool;
  clearInterval(again);
  assert.deepEqual([exitCode, stdout], [2, 'ready\nfirst cleanup']);
});

test('a reader of the output that leaves early ends the tool without an error', async () => {
  const { tool } = await start();
  tool.stdout.destroy();
  tool.stderr.destroy();
  // The output of the cleanups has no reader.
  tool.kill('SIGTERM');
  assert.equal((await tool).exitCode, 1);
});
