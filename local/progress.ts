/** Says what is being done, one line for each step when it ends, with its seconds. */
export interface Progress {
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  say(sentence: string): void;
}

export function progressTo(write: (line: string) => void): Progress {
  return {
    say: write,
    async step(name, work) {
      const started = performance.now();
      try {
        const result = await work();
        write(`  ✓ ${name.padEnd(44)}${seconds(performance.now() - started)}`);
        return result;
      } catch (error) {
        write(`  ✗ ${name.padEnd(44)}${seconds(performance.now() - started)}`);
        throw error;
      }
    },
  };
}

/** Milliseconds as people read them. */
export const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1).padStart(5)} s`;
