import type { Experiment } from '../results.ts';
import { acknowledged } from './acknowledged.ts';
import { aof } from './aof.ts';
import { contended } from './contended.ts';
import { loading } from './loading.ts';
import { noForward } from './no-forward.ts';
import { restart } from './restart.ts';

/** Experiments that count lost writes without the services. */
export const EXPERIMENTS: readonly Experiment[] = [acknowledged, contended, restart, aof, loading, noForward];
