import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Dice that fall the same way again for the same seed. */
export interface Chance {
  /** A whole number from `least` to `most`, either included. */
  whole(least: number, most: number): number;
  /** Whether something happens that happens so often. */
  is(probability: number): boolean;
  /** One of them. @throws when there is none */
  of<T>(choices: readonly T[]): T;
  /** The same in another order. */
  shuffled<T>(things: readonly T[]): T[];
}

/** Dice of this seed, for what a storm draws as it goes; what is drawn beforehand, fast-check draws. */
export function chanceOf(seed: number): Chance {
  const dice = xoroshiro128plus(seed);
  const chance: Chance = {
    whole: (least, most) => uniformInt(dice, least, Math.floor(most)),
    is: (probability) => uniformFloat64(dice) < probability,
    of(choices) {
      const choice = choices[chance.whole(0, choices.length - 1)];
      if (choice === undefined) throw new Error('There is nothing to choose from.');
      return choice;
    },
    shuffled: (things) =>
      things
        .map((thing) => ({ thing, place: uniformFloat64(dice) }))
        .toSorted((one, other) => one.place - other.place)
        .map(({ thing }) => thing),
  };
  return chance;
}
