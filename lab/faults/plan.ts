/** Plans a random sequence before the run starts. */
import { type Dice, diceOf, oneOf } from './dice.ts';
import type { Fault } from './faults/fault.ts';

/** Duration of a fault in a random sequence: short, so that a run contains many. */
const SHORTEST_SECONDS = 1;
const LONGEST_SECONDS = 3;

/** One step of a random sequence. */
export interface Step {
  fault: Fault;
  /** Duration of the fault. */
  seconds: number;
  /** Chooses the target. Each step has its own generator, so one step cannot change the following ones. */
  dice: Dice;
}

/** Returns a sequence of faults, always the same for one seed. @param seconds of each fault; absent: random. */
export function randomSteps(faults: readonly Fault[], count: number, seed: number, seconds?: number): Step[] {
  const dice = diceOf(seed);
  return Array.from({ length: count }, () => {
    const fault = oneOf(faults, dice);
    const random = SHORTEST_SECONDS + dice() * (LONGEST_SECONDS - SHORTEST_SECONDS);
    return { fault, seconds: seconds ?? Math.round(random * 10) / 10, dice: diceOf(dice() * 2 ** 32) };
  });
}
