/**
 * Runs one observer of the benchmark as a process: node dist/lab/bench/observers/main.js <kind> [variant]. It reads
 * settings like a service.
 */
import { accessOf } from '../../../common/client-options.ts';
import { redisClient } from '../../../common/redis-client.ts';
import { readSettings, type Settings } from '../../../common/settings.ts';
import { answerParent } from '../host/answer-parent.ts';
import { baseline } from './baseline.ts';
import { openBoth } from './handshake-node.ts';
import { naiveAwaiting } from './naive-awaiting.ts';
import { naivePipelined } from './naive-pipelined.ts';
import { asyncProbe, syncProbe } from './probes.ts';
import { Stamps } from './stamps.ts';
import { LIBRARIES, STYLES } from './styles.ts';

const stamps = new Stamps();

function connected(settings: Settings) {
  return openBoth(settings, async (node) => {
    const client = redisClient(node, accessOf(settings));
    client.on('error', () => process.exit(1));
    await client.connect();
    return client;
  });
}

/** @param style the word after the comma in a subject such as `ioredis, callbacks`. */
async function inStyle(library: keyof typeof LIBRARIES, style: string, settings: Settings): Promise<void> {
  const observe = STYLES[style as keyof typeof STYLES];
  if (!observe) throw new Error(`expected one of ${Object.keys(STYLES).join(', ')}`);
  await observe(await LIBRARIES[library](settings), settings);
}

const [name = '', variant = ''] = process.argv.slice(2);
const KINDS: Record<string, (settings: Settings) => unknown> = {
  floor: (settings) => baseline(settings, () => stamps.add()),
  naive: async (settings) => naiveAwaiting(await connected(settings), settings),
  'naive-pipelined': async (settings) => naivePipelined(await connected(settings), settings),
  ioredis: (settings) => inStyle('ioredis', variant, settings),
  redis: (settings) => inStyle('redis', variant, settings),
  'sync-probe': (settings) => syncProbe(settings, stamps),
  'async-probe': (settings) => asyncProbe(settings, stamps),
};

const kind = KINDS[name];
if (!kind) throw new Error(`expected one of ${Object.keys(KINDS).join(', ')}`);
answerParent({ takeStamps: async () => stamps.take() });
await kind(readSettings(process.env, 'sync-observer'));
