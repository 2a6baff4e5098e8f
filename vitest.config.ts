import { defineConfig } from 'vitest/config';

const project = (name: string, options: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], environment: 'node', ...options },
});

export default defineConfig({
  test: {
    projects: [
      project('unit'),
      project('property', { globalSetup: 'test/support/postgres-server.ts', testTimeout: 60_000, hookTimeout: 60_000 }),
      project('infra', { isolate: false, fileParallelism: false, testTimeout: 60_000, hookTimeout: 120_000 }),
      project('integration', {
        globalSetup: 'test/support/postgres-server.ts',
        testTimeout: 60_000,
        hookTimeout: 60_000,
      }),
      project('proof', {
        globalSetup: 'test/support/postgres-server.ts',
        testTimeout: 30 * 60_000,
        hookTimeout: 60_000,
      }),
      // The tests of `e2e` but for those that start systems of their own, with another fate of Redis: after the rest, one after the other.
      ...['proof-e2e-without-redis', 'proof-e2e-with-dying-redis'].map((name, place) =>
        project(name, {
          include: ['test/e2e/**/*.test.ts'],
          exclude: ['test/e2e/{lifecycle,notifications}.test.ts'],
          globalSetup: 'test/support/local-system.ts',
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: place + 1 },
        }),
      ),
      project('e2e', { globalSetup: 'test/support/local-system.ts', testTimeout: 60_000, hookTimeout: 120_000 }),
    ],
  },
});
