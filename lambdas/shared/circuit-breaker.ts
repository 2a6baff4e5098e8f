/** Guards the calls to a service that requests do not depend on. */
export interface CircuitBreaker {
  /**
   * Returns the result of `work`, or undefined if it failed, timed out (it continues, but its result is ignored) or was not started.
   * After a failure no work is started for a pause, which grows with each further failure.
   */
  run<T>(work: () => Promise<T>): Promise<T | undefined>;
}

interface CircuitBreakerOptions {
  readonly timeoutMilliseconds: number;
  /** Milliseconds since any fixed point in time. */
  readonly clock: () => number;
  readonly onFailure: (error: unknown) => void;
}

/** Creates a circuit breaker for one service. It opens when the service fails; the next success resets the length of the pause. */
export function circuitBreaker({ timeoutMilliseconds, clock, onFailure }: CircuitBreakerOptions): CircuitBreaker {
  const circuit = createCircuit(clock);
  return {
    async run(work) {
      if (circuit.isOpen()) return undefined;
      try {
        const result = await withTimeout(timeoutMilliseconds, work());
        circuit.recordSuccess();
        return result;
      } catch (error) {
        circuit.recordFailure();
        onFailure(error);
        return undefined;
      }
    },
  };
}

/** Whether a service may be called. */
export interface Circuit {
  /** Returns whether the pause after a failure is not over, so that a call would probably fail. */
  isOpen(): boolean;
  recordSuccess(): void;
  recordFailure(): void;
}

const FIRST_PAUSE_MILLISECONDS = 200;

/** Creates a circuit. Its pause doubles with each failure in a row, up to a maximum. `clock` is in milliseconds. */
export function createCircuit(clock: () => number, maxPauseMilliseconds = 10_000): Circuit {
  let failures = 0;
  let openUntil = Number.NEGATIVE_INFINITY;
  const isOpen = () => clock() < openUntil;
  return {
    isOpen,
    recordSuccess() {
      failures = 0;
    },
    recordFailure() {
      // Calls that run at the same time fail together and count as one failure.
      if (isOpen()) return;
      const maxMilliseconds = Math.min(FIRST_PAUSE_MILLISECONDS * 2 ** failures, maxPauseMilliseconds);
      failures += 1;
      // All instances of a function lose the service at the same moment; the random part keeps them from retrying at the same moment.
      openUntil = clock() + maxMilliseconds * (0.5 + Math.random() / 2);
    },
  };
}

/** Returns the result of `work`, or throws if it has not finished in time. The work itself is not stopped. */
export async function withTimeout<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`No response within ${milliseconds} ms.`)), milliseconds);
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
