/** Tests `--set NAME=VALUE`: settings of the services, and the limits that depend on them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SERVICES } from '../../common/services.ts';
import { SETTINGS } from '../../common/setting-table.ts';
import { readSettings } from '../../common/settings.ts';
import { commandFor } from '../../lab/faults/command.ts';
import { longestWriteInterval, recoveryLimit } from '../../lab/faults/limits.ts';
import { readOptions } from '../../lab/faults/options.ts';
import { choose, environmentOf, listChosen, settingsOf } from '../../lab/faults/services/settings.ts';

const optionsOf = (...args: string[]) => readOptions(['node', 'faults', ...args]);

test('accepts every value of KEY_CHANNEL that the settings table accepts', () => {
  const { error } = SETTINGS.KEY_CHANNEL.schema.safeParse('?');
  const allowed = error?.issues[0]?.message.replace('one of ', '').split(', ') ?? [];
  assert.ok(allowed.length >= 2, allowed.join());
  for (const channel of allowed) {
    assert.deepEqual(choose(`KEY_CHANNEL=${channel}`), { KEY_CHANNEL: channel });
    assert.equal(settingsOf({ KEY_CHANNEL: channel }).KEY_CHANNEL, channel);
  }
});

test('uses the last value of each setting, and repeats the settings in the command', () => {
  const args = ['--set', 'WAIT_REPLICAS=1', '--set', 'NODE_TIMEOUT_MS=500', '--set', 'WAIT_REPLICAS=2'];
  const options = optionsOf('--fault', 'kill', ...args);
  assert.deepEqual(options.set, { WAIT_REPLICAS: '2', NODE_TIMEOUT_MS: '500' });
  assert.deepEqual(listChosen(options.set), ['WAIT_REPLICAS=2', 'NODE_TIMEOUT_MS=500']);
  const command = commandFor(options, 'kill');
  assert.equal(command, 'npm run faults -- --fault kill --set WAIT_REPLICAS=2 --set NODE_TIMEOUT_MS=500');
  const again = command.split(' -- ')[1]?.split(' ') ?? [];
  assert.deepEqual(optionsOf(...again).set, options.set);
  assert.deepEqual(optionsOf().set, {});
  assert.doesNotMatch(commandFor(optionsOf(), 'kill'), /--set/);
});

test('rejects an invalid value, an unknown name, and a setting that the lab controls', () => {
  for (const [text, expected] of [
    ['WAIT_REPLICAS=two', /^WAIT_REPLICAS: expected a whole number from 0 to 100, got "two"\.$/],
    ['WAIT_REPLICAS=', /^WAIT_REPLICAS: expected a whole number/],
    ['KEY_CHANNEL=a=b', /^KEY_CHANNEL: expected one of .*, got "a=b"\.$/],
    ['WAIT_REPLICAS', /^Expected NAME=VALUE with a NAME of .*WAIT_REPLICAS/],
    ['WAIT=2', /^Expected NAME=VALUE with a NAME of .*WAIT_REPLICAS/],
    ['toString=1', /^Expected NAME=VALUE/],
    ['SHARED_KEY=other', /^The lab controls SHARED_KEY\. Expected NAME=VALUE/],
    ['LOG_FORMAT=pretty', /^The lab controls LOG_FORMAT\./],
  ] as const) {
    assert.throws(
      () => choose(text),
      ({ message }: Error) => expected.test(message),
      text,
    );
  }
});

test('passes every setting to a service: chosen, controlled, or empty for the default', () => {
  const env = environmentOf({ WAIT_REPLICAS: '2' });
  assert.deepEqual(Object.keys(env).sort(), Object.keys(SETTINGS).sort());
  for (const service of SERVICES) {
    const { WAIT_REPLICAS, WRITE_INTERVAL_MS, RECHECK_INTERVAL_MS, LOG_FORMAT, SHARED_KEY } = readSettings(
      env,
      service,
    );
    assert.deepEqual(
      [WAIT_REPLICAS, WRITE_INTERVAL_MS, RECHECK_INTERVAL_MS, LOG_FORMAT, SHARED_KEY],
      [2, 20, 5000, 'json', 'shared_key'],
    );
  }
  assert.equal(environmentOf({ WRITE_INTERVAL_MS: '500' }).WRITE_INTERVAL_MS, '500');
});

test('limits depend on NODE_TIMEOUT_MS, WRITE_INTERVAL_MS, and WAIT_REPLICAS', () => {
  const limits = (chosen: Parameters<typeof settingsOf>[0]) => {
    const settings = settingsOf(chosen);
    return [recoveryLimit({ settings }), longestWriteInterval({ settings })];
  };
  assert.deepEqual(limits({}), [2_000_000, 20_000]);
  assert.deepEqual(
    limits({ NODE_TIMEOUT_MS: '100' }),
    [2_000_000, 20_000],
    'a short timeout does not shorten the limit',
  );
  assert.deepEqual(limits({ NODE_TIMEOUT_MS: '1001' }), [2_002_000, 20_000]);
  assert.deepEqual(limits({ WAIT_REPLICAS: '1' }), [2_000_000, 520_000]);
  assert.deepEqual(
    limits({ WAIT_REPLICAS: '2', NODE_TIMEOUT_MS: '3000', WRITE_INTERVAL_MS: '50' }),
    [6_000_000, 1_550_000],
  );
});
