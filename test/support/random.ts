import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Dice that fall the same way again for the same seed. */
export interface Random {
  /** A whole number from `least` to `most`, either included. */
  integer(min: number, max: number): number;
  /** Whether something happens that happens so often. */
  boolean(probability: number): boolean;
  /** One of them. @throws when there is none */
  pick<T>(choices: readonly T[]): T;
  /** The same in another order. */
  shuffled<T>(things: readonly T[]): T[];
}

/** Dice of this seed, for what a storm draws as it goes; what is drawn beforehand, fast-check draws. */
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
