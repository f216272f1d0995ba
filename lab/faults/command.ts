import { FAULTS } from './faults/index.ts';
import type { LabOptions } from './options.ts';
import { listChosen } from './services/settings.ts';

/** Returns the command that repeats one fault, or if no name is given, the random sequence or the undisturbed run. */
export function commandFor(
  { fault, random, seed, seconds, network, engine, layout, eager, set, alerts, undisturbed }: LabOptions,
  name?: string,
): string {
  const sequence =
    undisturbed === undefined ? `--random ${random} --seed ${seed}` : `--undisturbed ${undisturbed}`;
  const all = FAULTS.every((one) => fault.includes(one.name));
  const words = [
    ...(alerts ? ['--alerts'] : []),
    ...(name === undefined ? [sequence] : [`--fault ${name}`]),
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
