/** Returns pseudorandom numbers from 0 to 1, always the same for one seed. */
export type Dice = () => number;

/** Returns the generator mulberry32 for a seed. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns a random element. @throws Error if the list is empty. */
export function oneOf<T>(list: readonly T[], dice: Dice): T {
  const chosen = list[Math.floor(dice() * list.length)];
  if (chosen === undefined) throw new Error('cannot choose from an empty list');
  return chosen;
}
