import type { Machine } from './machine.ts';
import { dbOf, type Emit, versionsOf, type World, withAt } from './world.ts';

/** A committed change of a slot. */
export interface Change {
  readonly slot: 0 | 1;
  readonly version: number;
}

/** All changes that the writers can make, by number; 0 is none. */
export const CHANGES: readonly Change[] = [
  { slot: 0, version: 0 },
  { slot: 0, version: 2 },
  { slot: 0, version: 3 },
  { slot: 0, version: 4 },
  { slot: 1, version: 2 },
];

/** What the steps call a change, by its number. */
export const NAMES = CHANGES.map(
  ({ slot, version }) => `slot ${slot} is ${version & 1 ? 'free' : 'booked'}, version ${version}`,
);

/** Changes of a slot, as a bit mask. */
export const changesOf = (slot: 0 | 1): number =>
  CHANGES.reduce((mask, change, number) => (number > 0 && change.slot === slot ? mask | (1 << number) : mask), 0);

const BOOK_0 = { slot: 0, books: true } as const;
const CANCEL_0 = { slot: 0, books: false } as const;
const BOOK_1 = { slot: 1, books: true } as const;
const PROGRAMS = [
  [BOOK_0, CANCEL_0],
  [BOOK_0, BOOK_1],
] as const;

const WRITERS = [0, 1] as const;

/** How far a writer is: what it has done, and the change that it has yet to tell of. */
export const writer = (done: number, untold: number): number => done * 8 + untold;

/** The change that a writer has yet to tell of, as a bit mask. */
export const untoldBy = (state: number): number => ((state & 7) === 0 ? 0 : 1 << (state & 7));

/** Whether a writer has nothing left to do. */
export const isDone = (state: number, i: number): boolean => state === writer(PROGRAMS[i]?.length ?? 0, 0);

/** Each writer commits its next change with its row in the outbox, then tells the index, or dies before it does. */
export function writersGoOn(machine: Machine, world: World, emit: Emit): void {
  for (const i of WRITERS) {
    const [done, untold] = [world.writers[i] >> 3, world.writers[i] & 7];
    const step = PROGRAMS[i][done];
    if (untold > 0) {
      const writers = withAt(world.writers, i, writer(done, 0));
      emit(`writer ${i} tells: ${NAMES[untold]}`, { ...world, writers, day: machine.apply(world, untold) });
      emit(`writer ${i} dies before it tells: ${NAMES[untold]}`, { ...world, writers });
    } else if (step) {
      const versions = versionsOf(world.db);
      const [slot, version] = [step.slot, versions[step.slot] + 1];
      const change = CHANGES.findIndex((one) => one.slot === slot && one.version === version);
      const canChange = (version & 1) === (step.books ? 0 : 1);
      const writers = withAt(world.writers, i, writer(done + 1, canChange ? change : 0));
      if (!canChange) emit(`writer ${i} is refused slot ${slot}`, { ...world, writers });
      else {
        const outbox = machine.rules.relay ? world.outbox | (1 << change) : world.outbox;
        const db = dbOf(withAt(versions, slot, version));
        emit(`writer ${i} commits: ${NAMES[change]}`, { ...world, db, writers, outbox });
      }
    }
  }
}
