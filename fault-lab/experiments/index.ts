import type { Experiment } from '../results.ts';
import { acknowledged } from './acknowledged.ts';

/** What is lost, counted without the services. */
export const EXPERIMENTS: readonly Experiment[] = [acknowledged];
