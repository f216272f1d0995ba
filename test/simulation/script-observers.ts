/** Runs an observer in a script of one node, without the random faults of `run-observers.ts`. */
import { observe as observeAsync } from '../../async-observer/observe.ts';
import { sameNode as sameNodeAsync } from '../../async-observer/write-node.ts';
import { LostNode } from '../../common/lost-node.ts';
import { Observations } from '../../common/observations.ts';
import { readSettings, type Settings } from '../../common/settings.ts';
import { observe as observeSync } from '../../sync-observer/observe.ts';
import { sameNode as sameNodeSync } from '../../sync-observer/write-node.ts';
import { ioredisModel, nodeRedisModel } from './clients.ts';
import { SHARED_KEY } from './node.ts';
import { Script } from './script.ts';

export type Channel = Settings['KEY_CHANNEL'];
export type ObserverName = 'sync-observer' | 'async-observer';

export const OBSERVERS: readonly ObserverName[] = ['sync-observer', 'async-observer'];
export const GET = `GET ${SHARED_KEY}`;

export interface Observing {
  script: Script;
  /** Reports of the observer: `observed` for each read, `lost: <reason>`, or `stopped`. */
  outcome: string[];
  /** Whether the node that receives the handshakes is reachable; the observer learns of its return from `onBack`. */
  writeNode: { reachable: boolean; onBack?: () => void };
  stop(): void;
}

/** Starts an observer, once `prepare` has changed the script. */
export function startObserver(
  service: ObserverName,
  env: { KEY_CHANNEL: Channel; RECHECK_INTERVAL_MS?: string },
  prepare: (script: Script) => void = () => {},
): Observing {
  const script = new Script();
  prepare(script);
  const settings = readSettings({ RECHECK_INTERVAL_MS: '20', ...env }, service);
  return (service === 'sync-observer' ? startSync : startAsync)(script, settings);
}

function startSync(script: Script, settings: Settings): Observing {
  const outcome: string[] = [];
  const client = ioredisModel(script.connect());
  const notified = settings.KEY_CHANNEL === 'tracking' ? ioredisModel(script.connect()) : client;
  const observations = new Observations(settings, script.events.log, script.clock);
  const callbacks = {
    onObserved: () => outcome.push('observed'),
    onError: ({ message }: Error) => {
      outcome.push(`lost: ${message}`);
      script.close();
    },
  };
  const { name } = script.node;
  const same = sameNodeSync(client, name);
  const writeNode = {
    ...same,
    reachable: true,
    set: (...[key, value, done]: Parameters<typeof same.set>) =>
      writeNode.reachable ? same.set(key, value, done) : done(),
  };
  const connections = { client, notified, writeNode };
  const stop = observeSync(connections, name, settings, observations, callbacks, script.clock);
  return { script, outcome, writeNode, stop: () => stop(() => outcome.push('stopped')) };
}

function startAsync(script: Script, settings: Settings): Observing {
  const outcome: string[] = [];
  const connection = script.connect();
  const client = nodeRedisModel(connection, settings.KEY_CHANNEL === 'tracking');
  const observations = new Observations(settings, script.events.log, script.clock);
  const [stopped, lost] = [new AbortController(), new AbortController()];
  connection.onEnd = (error) => lost.abort(new LostNode(error));
  const ends = { stopped: stopped.signal, lost: lost.signal };
  const { name } = script.node;
  const same = sameNodeAsync(client, name);
  const writeNode = {
    reachable: true,
    set: async (key: string, value: string) => (writeNode.reachable ? same.set(key, value) : undefined),
  };
  const connections = { client, writeNode };
  const run = async () => {
    for await (const _ of observeAsync(connections, name, settings, observations, ends, script.clock))
      outcome.push('observed');
  };
  run().then(
    () => outcome.push('stopped'),
    ({ message }) => {
      outcome.push(`lost: ${message}`);
      script.close();
    },
  );
  return { script, outcome, writeNode, stop: () => stopped.abort() };
}

export function write(seq: number): string {
  return `Writer seq ${seq} micros ${seq} timestamp 0`;
}

/** The commands before the first read. */
export function subscribing(service: ObserverName, channel: Channel): string[] {
  if (channel === 'keyevent') return ['SUBSCRIBE __keyevent@0__:set __keyevent@0__:restore'];
  if (channel === 'keyspace') return [`SUBSCRIBE __keyspace@0__:${SHARED_KEY}`];
  return service === 'async-observer'
    ? []
    : ['CLIENT ID', 'SUBSCRIBE __redis__:invalidate', 'CLIENT TRACKING ON REDIRECT 2'];
}

/** The name of a command. */
export function commandOf(text: string): string {
  return text.split(' ', 1)[0] ?? '';
}
