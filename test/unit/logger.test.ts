import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { createLogger, type Logger } from '../../common/logger.ts';
import { prettyLine } from '../../common/pretty.ts';
import { root } from '../../toolkit/root.ts';

type LogSettings = Parameters<typeof createLogger>[0];

const TIME = Date.UTC(2026, 10, 21, 22, 2, 39, 7);
const LINE = JSON.stringify({ level: 30, time: TIME, service: 'writer', event: 'write', seq: 2, msg: 'set' });
/** Together, they are longer than what a pipe or a socket buffers. */
const LINES = 6_000;

/** Returns what a logger prints, with its times replaced. */
function printed(settings: Partial<LogSettings>, log: (logger: Logger) => void): string[] {
  const lines: string[] = [];
  const defaults: LogSettings = { SERVICE_NAME: 'writer', LOG_LEVEL: 'info', LOG_FORMAT: 'pretty' };
  log(createLogger({ ...defaults, ...settings }, { write: (line) => lines.push(line) }));
  return lines.map((line) => line.replace(/^\[[^\]]+\]/, '[time]'));
}

test('a pretty line has time, level, and message', () => {
  assert.equal(prettyLine(LINE, { fields: false, colors: false }), '[2026-11-21T22:02:39.007Z] INFO: set\n');
});

test('pretty lines contain the fields only at the levels debug and trace', () => {
  const log = (logger: Logger) => logger.warn({ event: 'lost', node: 'a:1' }, 'lost a:1');
  for (const LOG_LEVEL of ['info', 'warn'] as const)
    assert.deepEqual(printed({ LOG_LEVEL }, log), ['[time] WARN: lost a:1\n']);
  for (const LOG_LEVEL of ['debug', 'trace'] as const)
    assert.deepEqual(printed({ LOG_LEVEL }, log), ['[time] WARN: lost a:1 {"event":"lost","node":"a:1"}\n']);
  assert.deepEqual(
    printed({ LOG_LEVEL: 'debug' }, (logger) => logger.debug('stopping')),
    ['[time] DEBUG: stopping\n'],
    'no empty braces',
  );
});

test('JSON lines contain the fields at every level', () => {
  const [line = '{}'] = printed({ LOG_FORMAT: 'json' }, (logger) => logger.info({ event: 'write' }, 'set'));
  const { time, ...fields } = JSON.parse(line);
  assert.deepEqual(fields, { level: 30, service: 'writer', event: 'write', msg: 'set' });
  assert.equal(typeof time, 'number');
});

test('an error adds its stack to the message at every level', () => {
  const error = new TypeError('x is not a function');
  const lines = printed({}, (logger) => {
    logger.fatal({ err: error, event: 'bug' }, 'writer failed');
    logger.error(error);
  });
  assert.deepEqual(lines, [
    `[time] FATAL: writer failed\n${error.stack}\n`,
    `[time] ERROR: x is not a function\n${error.stack}\n`,
  ]);
});

test('a terminal gets the level and the message in color', () => {
  assert.equal(
    prettyLine(LINE, { fields: true, colors: true }),
    '[2026-11-21T22:02:39.007Z] \u001b[32mINFO\u001b[0m: \u001b[36mset\u001b[0m {"event":"write","seq":2}\n',
  );
});

for (const LOG_FORMAT of ['pretty', 'json'] as const) {
  test(`${LOG_FORMAT}: the last lines before an exit reach a slow reader`, async () => {
    const logger = pathToFileURL(join(root, 'dist/common/logger.js'));
    const settings = { SERVICE_NAME: 'writer', LOG_LEVEL: 'info', LOG_FORMAT };
    const source = `
      import { createLogger } from '${logger}';
      const log = createLogger(${JSON.stringify(settings)});
      process.stderr.write('started');
      for (let i = 1; i <= ${LINES}; i += 1) log.info('line ' + i);
      process.exit(0);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', source]);
    await once(child.stderr, 'data');
    const lines = (await text(child.stdout)).trimEnd().split('\n');
    assert.equal(lines.length, LINES);
    assert.match(lines.at(-1) ?? '', new RegExp(`line ${LINES}\\b`));
  });
}
