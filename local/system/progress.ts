/** Reports progress: one line with the duration in seconds when a step ends, and single messages. */
export interface Progress {
  step<T>(name: string, task: () => Promise<T>): Promise<T>;
  report(message: string): void;
}

/** Creates a progress reporter that passes each line to `write`. */
export function createProgress(write: (line: string) => void): Progress {
  return {
    report: write,
    async step(name, task) {
      const startedAt = performance.now();
      try {
        const result = await task();
        write(`  ✓ ${name.padEnd(44)}${formatSeconds(performance.now() - startedAt)}`);
        return result;
      } catch (error) {
        write(`  ✗ ${name.padEnd(44)}${formatSeconds(performance.now() - startedAt)}`);
        throw error;
      }
    },
  };
}

/** Formats milliseconds as seconds with one decimal, padded for alignment. */
export const formatSeconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1).padStart(5)} s`;
