/** Numbers values, because numbers are cheap to store and compare. Equal values have the same number. */
export interface ValuePool<T> {
  toNumber(value: T): number;
  at(number: number): T;
}

const BASE = 2 ** 13;

/** Creates an empty pool for values that differ in JSON. @throws RangeError if the pool has more values than `memoize` supports */
export function createValuePool<T>(): ValuePool<T> {
  const values: T[] = [];
  const numbers = new Map<string, number>();
  return {
    toNumber(value) {
      const key = JSON.stringify(value);
      const known = numbers.get(key);
      if (known !== undefined) return known;
      if (values.length === BASE) throw new RangeError(`The pool is full. Make ${BASE} a higher power of two.`);
      numbers.set(key, values.length);
      return values.push(value) - 1;
    },
    at(number) {
      const value = values[number];
      if (value === undefined) throw new RangeError(`The pool has no value with the number ${number}.`);
      return value;
    },
  };
}

/** Returns the function with its results cached. It takes up to four integers from 0 to 2^13 - 1. */
export function memoize<A extends number[], T>(compute: (...numbers: A) => T): (...numbers: A) => T {
  const cache = new Map<number, { readonly result: T }>();
  return (...numbers) => {
    let key = 0;
    for (const number of numbers) key = key * BASE + number;
    let entry = cache.get(key);
    if (!entry) {
      entry = { result: compute(...numbers) };
      cache.set(key, entry);
    }
    return entry.result;
  };
}
