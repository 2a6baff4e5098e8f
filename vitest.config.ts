import { defineConfig } from 'vitest/config';

/** How many test files run at a time: they wait more than they compute, so two cores have enough for two. */
const PARALLEL_FILES = 2;

// Projects of one `groupOrder` run together and must have the same number of workers; the groups run one after the other.
const project = (name: string, options: object = {}) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    environment: 'node',
    maxWorkers: PARALLEL_FILES,
    ...options,
  },
});

/** Loads a Lua script as text, as the bundler does for the functions (lib/constructs/functions/create-bundle.ts). */
const luaAsText = {
  name: 'lua-as-text',
  transform: (code: string, path: string) =>
    path.endsWith('.lua') ? `export default ${JSON.stringify(code)}` : undefined,
};

export default defineConfig({
  plugins: [luaAsText],
  test: {
    reporters: ['default', './test/support/runner/progress-reporter.ts'],
    // The functions log JSON; only the log of a failed test is of interest.
    silent: 'passed-only',
    projects: [
      project('unit'),
      project('property', {
        globalSetup: 'test/support/database/postgres-server.ts',
        testTimeout: 60_000,
        hookTimeout: 60_000,
      }),
      project('integration', {
        globalSetup: 'test/support/database/postgres-server.ts',
        testTimeout: 60_000,
        hookTimeout: 60_000,
      }),
      project('e2e', {
        globalSetup: 'test/support/system/local-system.ts',
        testTimeout: 180_000,
        hookTimeout: 120_000,
      }),
      // One worker synthesizes each stage once for all its files.
      project('infra', {
        isolate: false,
        maxWorkers: 1,
        testTimeout: 60_000,
        hookTimeout: 120_000,
        sequence: { groupOrder: 1 },
      }),
      project('proof', {
        globalSetup: 'test/support/database/postgres-server.ts',
        testTimeout: 30 * 60_000,
        hookTimeout: 60_000,
      }),
      // The tests of `e2e` once more, without Redis and with one that crashes; without the two files that start their own systems.
      ...['proof-e2e-without-redis', 'proof-e2e-with-crashing-redis'].map((name, index) =>
        project(name, {
          include: ['test/e2e/**/*.test.ts'],
          exclude: ['test/e2e/{system-lifecycle,notifications}.test.ts'],
          globalSetup: 'test/support/system/local-system.ts',
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: index + 2 },
        }),
      ),
    ],
  },
});
