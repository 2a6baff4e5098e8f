import type { Model } from './model.ts';
import { decode, encode, ROW, type State } from './state.ts';

/** The worlds that were found, by number: nearer ones first. */
export interface Search {
  readonly count: number;
  /** A shortest way to the world of this number. */
  shortestPathTo(number: number): string[];
}

interface SearchOptions {
  /** Sees each world when it is gone on from. True: that is enough. */
  readonly visit: (state: State, number: number) => boolean;
  /** Hears now and then how far the search is. */
  readonly progress?: (count: number, seconds: number) => void;
}

const PROGRESS_INTERVAL = 500_000;

/** Goes on from every world to all that can be next, until none is new. */
export function search(
  { initialState: first, successors }: Pick<Model, 'initialState' | 'successors'>,
  options: SearchOptions,
): Search {
  const { visit, progress = () => {} } = options;
  const startedAt = performance.now();
  let rows = new Uint16Array(ROW * 2 ** 16);
  let parents = new Uint32Array(2 ** 16);
  // Open addressing; an entry is the number of a world, plus one.
  let table = new Uint32Array(2 ** 18);
  let count = 0;
  const row = new Uint16Array(ROW);

  add(first, 0);
  for (let number = 0; number < count; number++) {
    const state = decode(rows, number * ROW);
    if (visit(state, number)) break;
    successors(state, (_, next) => add(next, number));
    if ((number + 1) % PROGRESS_INTERVAL === 0) progress(number + 1, (performance.now() - startedAt) / 1000);
  }
  return { count, shortestPathTo };

  function add(state: State, parent: number): void {
    encode(state, row);
    const place = findPosition(row, 0);
    if (table[place] !== 0) return;
    if (count === parents.length) grow();
    rows.set(row, count * ROW);
    parents[count] = parent;
    count += 1;
    table[place] = count;
    if (count * 2 > table.length) rehash();
  }

  /** Where in the table the row is, or would be. */
  function findPosition(of: Uint16Array, at: number): number {
    const mask = table.length - 1;
    let place = hashOf(of, at) & mask;
    for (let entry = table[place] ?? 0; entry !== 0; entry = table[place] ?? 0) {
      if (equal((entry - 1) * ROW, of, at)) break;
      place = (place + 1) & mask;
    }
    return place;
  }

  function equal(known: number, of: Uint16Array, at: number): boolean {
    for (let i = 0; i < ROW; i++) if (rows[known + i] !== of[at + i]) return false;
    return true;
  }

  function grow(): void {
    const [smallRows, smallParents] = [rows, parents];
    rows = new Uint16Array(smallRows.length * 2);
    rows.set(smallRows);
    parents = new Uint32Array(smallParents.length * 2);
    parents.set(smallParents);
  }

  function rehash(): void {
    table = new Uint32Array(table.length * 4);
    for (let number = 0; number < count; number++) table[findPosition(rows, number * ROW)] = number + 1;
  }

  function shortestPathTo(number: number): string[] {
    const steps: string[] = [];
    for (let at = number; at !== 0; at = parents[at] ?? 0) {
      const found: string[] = [];
      const parent = decode(rows, (parents[at] ?? 0) * ROW);
      successors(parent, (step, next) => {
        encode(next, row);
        if (table[findPosition(row, 0)] === at + 1) found.push(step);
      });
      steps.push(...found.slice(0, 1));
    }
    return steps.reverse();
  }
}

function hashOf(row: Uint16Array, at: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < ROW; i++) hash = Math.imul(hash ^ (row[at + i] ?? 0), 0x9e3779b1) ^ (hash >>> 15);
  return (hash ^ (hash >>> 15)) >>> 0;
}
