/** Values by number, equal ones the same: numbers are cheap to keep and to compare. */
export interface ValuePool<T> {
  numberOf(value: T): number;
  at(number: number): T;
}

const BASE = 2 ** 13;

/** An empty pool, for values that JSON can tell apart. Throws a RangeError when it has more than `remembering` can take. */
export function createValuePool<T>(): ValuePool<T> {
  const values: T[] = [];
  const numbers = new Map<string, number>();
  return {
    numberOf(value) {
      const key = JSON.stringify(value);
      const cache = numbers.get(key);
      if (cache !== undefined) return cache;
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

/** The same function, which computes nothing twice. Takes up to four whole numbers below 2^13. */
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
