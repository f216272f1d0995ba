/** One observer of the benchmark as a process: node dist/bench/observers/main.js <kind>, settings as for a service. */
import { accessOf } from '../../common/client-options.ts';
import { redisClient } from '../../common/redis-client.ts';
import { readSettings, type Settings } from '../../common/settings.ts';
import { answerParent } from '../host/answer-parent.ts';
import { floor } from './floor.ts';
import { naiveAwaiting } from './naive-awaiting.ts';
import { naivePipelined } from './naive-pipelined.ts';
import { asyncProbe, syncProbe } from './probes.ts';
import { Stamps } from './stamps.ts';

const stamps = new Stamps();

async function connected(settings: Settings) {
  const client = redisClient(settings.HOME_NODE, accessOf(settings));
  client.on('error', () => process.exit(1));
  await client.connect();
  return client;
}

const KINDS: Record<string, (settings: Settings) => unknown> = {
  floor: (settings) => floor(settings, () => stamps.add()),
  naive: async (settings) => naiveAwaiting(await connected(settings), settings),
  'naive-pipelined': async (settings) => naivePipelined(await connected(settings), settings),
  'sync-probe': (settings) => syncProbe(settings, stamps),
  'async-probe': (settings) => asyncProbe(settings, stamps),
};

const kind = KINDS[process.argv[2] ?? ''];
if (!kind) throw new Error(`expected one of ${Object.keys(KINDS).join(', ')}`);
answerParent({ takeStamps: async () => stamps.take() });
await kind(readSettings(process.env, 'sync-observer'));
