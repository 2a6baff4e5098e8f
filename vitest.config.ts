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
      project('e2e', { globalSetup: 'test/support/local-system.ts', testTimeout: 60_000, hookTimeout: 120_000 }),
    ],
  },
});
