import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A random generator that produces the same sequence for the same seed. */
export interface Random {
  /** Returns an integer from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  /** Returns true with this probability. */
  boolean(probability: number): boolean;
  /** Returns one of the choices. @throws if there are none */
  pick<T>(choices: readonly T[]): T;
  /** Returns the elements in a random order. */
  shuffled<T>(things: readonly T[]): T[];
}

/** Creates a random generator for values that are drawn while a test runs. Values drawn beforehand come from fast-check. */
export function createRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  const random: Random = {
    integer: (min, max) => uniformInt(generator, min, Math.floor(max)),
    boolean: (probability) => uniformFloat64(generator) < probability,
    pick(choices) {
      const choice = choices[random.integer(0, choices.length - 1)];
      if (choice === undefined) throw new Error('There is nothing to choose from.');
      return choice;
    },
    shuffled: (things) =>
      things
        .map((thing) => ({ thing, place: uniformFloat64(generator) }))
        .toSorted((one, other) => one.place - other.place)
        .map(({ thing }) => thing),
  };
  return random;
}
