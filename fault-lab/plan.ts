/** What a run does, worked out before it begins. */
import { type Dice, diceOf, oneOf } from './dice.ts';
import type { Fault } from './faults/fault.ts';

/** Windows of a random sequence are short, so that many fit. */
const SHORTEST_SECONDS = 1;
const LONGEST_SECONDS = 3;

/** One step of a random sequence. */
export interface Step {
  fault: Fault;
  /** How long it lasts. */
  seconds: number;
  /** Chooses its target: a step of its own, so that the sequence is the same however each step goes. */
  dice: Dice;
}

/** A sequence of faults that is the same for the same seed. @param seconds of each; absent: random ones. */
export function randomSteps(faults: readonly Fault[], count: number, seed: number, seconds?: number): Step[] {
  const dice = diceOf(seed);
  return Array.from({ length: count }, () => {
    const fault = oneOf(faults, dice);
    const random = SHORTEST_SECONDS + dice() * (LONGEST_SECONDS - SHORTEST_SECONDS);
    return { fault, seconds: seconds ?? Math.round(random * 10) / 10, dice: diceOf(dice() * 2 ** 32) };
  });
}
