import type { Model } from './model.ts';
import { decode, encode, ROW, type State } from './state.ts';

/** The states that were found. Their numbers are in breadth-first order. */
export interface Search {
  readonly count: number;
  /** Returns the steps of a shortest path to the state with this number. */
  shortestPathTo(number: number): string[];
}

interface SearchOptions {
  /** Called for each state before its successors are found. Returns true to end the search. */
  readonly visit: (state: State, number: number) => boolean;
  /** Called after every PROGRESS_INTERVAL states. */
  readonly progress?: (count: number, seconds: number) => void;
}

const PROGRESS_INTERVAL = 500_000;

/** Finds all states that are reachable from the initial state, breadth first. */
export function search(
  { initialState, successors }: Pick<Model, 'initialState' | 'successors'>,
  options: SearchOptions,
): Search {
  const { visit, progress = () => {} } = options;
  const startedAt = performance.now();
  let rows = new Uint16Array(ROW * 2 ** 16);
  let parents = new Uint32Array(2 ** 16);
  // A hash table with open addressing. An entry is the number of a state plus one; 0 is an empty entry.
  let table = new Uint32Array(2 ** 18);
  let count = 0;
  const row = new Uint16Array(ROW);

  add(initialState, 0);
  for (let number = 0; number < count; number++) {
    const state = decode(rows, number * ROW);
    if (visit(state, number)) break;
    successors(state, (_, next) => add(next, number));
    if ((number + 1) % PROGRESS_INTERVAL === 0) progress(number + 1, (performance.now() - startedAt) / 1000);
  }
  return { count, shortestPathTo };

  function add(state: State, parent: number): void {
    encode(state, row);
    const position = findPosition(row, 0);
    if (table[position] !== 0) return;
    if (count === parents.length) grow();
    rows.set(row, count * ROW);
    parents[count] = parent;
    count += 1;
    table[position] = count;
    if (count * 2 > table.length) rehash();
  }

  /** Returns the position in the table where the row of `source` at `offset` is, or would be added. */
  function findPosition(source: Uint16Array, offset: number): number {
    const mask = table.length - 1;
    let position = hashOf(source, offset) & mask;
    for (let entry = table[position] ?? 0; entry !== 0; entry = table[position] ?? 0) {
      if (isEqualRow((entry - 1) * ROW, source, offset)) break;
      position = (position + 1) & mask;
    }
    return position;
  }

  function isEqualRow(knownOffset: number, source: Uint16Array, offset: number): boolean {
    for (let i = 0; i < ROW; i++) if (rows[knownOffset + i] !== source[offset + i]) return false;
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
