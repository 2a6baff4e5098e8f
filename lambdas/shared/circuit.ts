/** The way to a part that requests can do without. */
export interface Circuit {
  /**
   * What `work` came to, or undefined when it failed, took too long (then it goes on, and nobody hears of it), or was not even
   * begun: after a failure nobody asks for a while, and for longer after each that follows.
   */
  run<T>(work: () => Promise<T>): Promise<T | undefined>;
}

interface CircuitOptions {
  readonly patienceMilliseconds: number;
  /** Milliseconds from anywhere. */
  readonly clock: () => number;
  readonly onFailure: (error: unknown) => void;
}

const FIRST_PAUSE_MILLISECONDS = 200;
const LONGEST_PAUSE_MILLISECONDS = 10_000;

/** A circuit for one part, which breaks when the part fails and is closed by its next success. */
export function circuit({ patienceMilliseconds, clock, onFailure }: CircuitOptions): Circuit {
  let failures = 0;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  const paused = () => clock() < pausedUntil;

  return {
    async run(work) {
      if (paused()) return undefined;
      try {
        const result = await within(patienceMilliseconds, work());
        failures = 0;
        return result;
      } catch (error) {
        // What was under way together fails together, and is one reason to pause.
        if (!paused()) pause();
        onFailure(error);
        return undefined;
      }
    },
  };

  function pause(): void {
    const longest = Math.min(FIRST_PAUSE_MILLISECONDS * 2 ** failures, LONGEST_PAUSE_MILLISECONDS);
    failures += 1;
    // All instances of a function lose the part at one moment, and must not all come back at one moment.
    pausedUntil = clock() + longest * (0.5 + Math.random() / 2);
  }
}

/** Rejects when the work has not ended by then. It is not stopped. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`No answer within ${milliseconds} ms.`)), milliseconds);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
