import { FAULTS } from './faults/index.ts';
import type { LabOptions } from './options.ts';

/** The command that runs the same again: one fault, or the random sequence. */
export function commandFor(
  { fault, random, seed, seconds, network, engine, eager }: LabOptions,
  name?: string,
): string {
  const all = FAULTS.every((one) => fault.includes(one.name));
  const words = [
    ...(name === undefined ? [`--random ${random} --seed ${seed}`] : [`--fault ${name}`]),
    ...(name === undefined && !all ? [`--fault ${fault.join(',')}`] : []),
    ...(seconds === undefined ? [] : [`--seconds ${seconds}`]),
    ...(network === 'auto' ? [] : [`--network ${network}`]),
    ...(eager ? ['--eager'] : []),
    ...(engine === undefined ? [] : [`--engine ${engine}`]),
  ];
  return `npm run faults -- ${words.join(' ')}`;
}
