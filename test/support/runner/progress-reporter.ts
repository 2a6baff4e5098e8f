import type { Reporter, TestModule } from 'vitest/node';

const INTERVAL_MILLISECONDS = 30_000;

/** Prints each test file when it starts, and every half minute the files that are still running. */
export default class ProgressReporter implements Reporter {
  readonly #startTimes = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  onTestRunStart(): void {
    this.#timer = setInterval(() => this.#printRunningFiles(), INTERVAL_MILLISECONDS).unref();
  }

  onTestModuleStart(file: TestModule): void {
    this.#startTimes.set(getName(file), performance.now());
    console.log(`   ▸ ${getName(file)}`);
  }

  onTestModuleEnd(file: TestModule): void {
    this.#startTimes.delete(getName(file));
  }

  onTestRunEnd(): void {
    clearInterval(this.#timer);
  }

  #printRunningFiles(): void {
    const now = performance.now();
    for (const [name, startTime] of this.#startTimes) {
      console.log(`   … ${name} (${Math.round((now - startTime) / 1000)} s)`);
    }
  }
}

const getName = ({ project, relativeModuleId }: TestModule) => `${project.name} ${relativeModuleId}`;
