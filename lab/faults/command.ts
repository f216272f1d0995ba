import { FAULTS } from './faults/index.ts';
import type { LabOptions } from './options.ts';
import { listChosen } from './services/settings.ts';

/** Returns the command that repeats one fault, or the random sequence if no name is given. */
export function commandFor(
  { fault, random, seed, seconds, network, engine, layout, eager, set }: LabOptions,
  name?: string,
): string {
  const all = FAULTS.every((one) => fault.includes(one.name));
  const words = [
    ...(name === undefined ? [`--random ${random} --seed ${seed}`] : [`--fault ${name}`]),
    ...(name === undefined && !all ? [`--fault ${fault.join(',')}`] : []),
    ...(seconds === undefined ? [] : [`--seconds ${seconds}`]),
    ...(network === 'auto' ? [] : [`--network ${network}`]),
    ...(eager ? ['--eager'] : []),
    ...listChosen(set).map((setting) => `--set ${setting}`),
    ...(engine === undefined ? [] : [`--engine ${engine}`]),
    ...(layout === 'mesh' ? [] : [`--layout ${layout}`]),
  ];
  return `npm run faults -- ${words.join(' ')}`;
}
