import type { Machine } from './machine.ts';
import { decodeVersions, type Emit, encodeVersions, replaceAt, type State } from './state.ts';

/** A committed change of a slot. */
export interface Change {
  readonly slot: 0 | 1;
  readonly version: number;
}

/** All changes that the writers can make. The index is the number of the change; 0 is no change. */
export const CHANGES: readonly Change[] = [
  { slot: 0, version: 0 },
  { slot: 0, version: 2 },
  { slot: 0, version: 3 },
  { slot: 0, version: 4 },
  { slot: 1, version: 2 },
];

/** The names of changes in steps. */
export const CHANGE_NAMES = CHANGES.map(
  ({ slot, version }) => `slot ${slot} is ${version & 1 ? 'free' : 'booked'}, version ${version}`,
);

/** Returns the changes of a slot as a bit mask. */
export const changesOfSlot = (slot: 0 | 1): number =>
  CHANGES.reduce((mask, change, number) => (number > 0 && change.slot === slot ? mask | (1 << number) : mask), 0);

const BOOK_0 = { slot: 0, books: true } as const;
const CANCEL_0 = { slot: 0, books: false } as const;
const BOOK_1 = { slot: 1, books: true } as const;
const PROGRAMS = [
  [BOOK_0, CANCEL_0],
  [BOOK_0, BOOK_1],
] as const;

const WRITERS = [0, 1] as const;

/** Encodes the progress of a writer: its number of finished steps, and the change that it has not published yet. */
export const encodeWriter = (done: number, unpublished: number): number => done * 8 + unpublished;

/** Returns the change that a writer has not published yet, as a bit mask. */
export const unpublishedBy = (state: number): number => ((state & 7) === 0 ? 0 : 1 << (state & 7));

/** Returns whether a writer has finished its program and published its last change. */
export const isDone = (state: number, i: number): boolean => state === encodeWriter(PROGRAMS[i]?.length ?? 0, 0);

/** Each writer commits its next change with an outbox row, then publishes it to the index or dies before that. */
export function emitWriterSteps(machine: Machine, currentState: State, emit: Emit): void {
  for (const i of WRITERS) {
    const [done, unpublished] = [currentState.writers[i] >> 3, currentState.writers[i] & 7];
    const step = PROGRAMS[i][done];
    if (unpublished > 0) {
      const writers = replaceAt(currentState.writers, i, encodeWriter(done, 0));
      emit(`writer ${i} publishes: ${CHANGE_NAMES[unpublished]}`, {
        ...currentState,
        writers,
        day: machine.apply(currentState, unpublished),
      });
      emit(`writer ${i} dies before it publishes: ${CHANGE_NAMES[unpublished]}`, { ...currentState, writers });
    } else if (step) {
      const versions = decodeVersions(currentState.db);
      const [slot, version] = [step.slot, versions[step.slot] + 1];
      const change = CHANGES.findIndex((one) => one.slot === slot && one.version === version);
      const canChange = (version & 1) === (step.books ? 0 : 1);
      const writers = replaceAt(currentState.writers, i, encodeWriter(done + 1, canChange ? change : 0));
      if (!canChange) emit(`writer ${i} is refused slot ${slot}`, { ...currentState, writers });
      else {
        const outbox = machine.rules.relay ? currentState.outbox | (1 << change) : currentState.outbox;
        const db = encodeVersions(replaceAt(versions, slot, version));
        emit(`writer ${i} commits: ${CHANGE_NAMES[change]}`, { ...currentState, db, writers, outbox });
      }
    }
  }
}
