import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';

const MAX_BYTES = 900_000;

const { folder } = inject('system');
const bundles = globSync('cdk.out/asset.*/index.mjs', { cwd: folder }).map((file) => join(folder, file));

/** Returns this module and all modules that are loaded with it. Modules that `import()` loads later are not included. */
function listLoadedModules(module: string, seen = new Set<string>()): Set<string> {
  if (seen.has(module)) return seen;
  seen.add(module);
  for (const [, path = ''] of readFileSync(module, 'utf8').matchAll(/(?:from|import)"(\.\/[\w-]+\.mjs)"/g))
    listLoadedModules(join(dirname(module), path), seen);
  return seen;
}

describe('the bundles', () => {
  it('exist', () => {
    expect(bundles.length).toBeGreaterThan(6);
  });

  it.each(bundles)(
    `load at most ${MAX_BYTES} bytes when a function starts, and all loaded modules exist: %s`,
    (bundle) => {
      const modules = [...listLoadedModules(bundle)];
      expect(modules.filter((module) => !existsSync(module))).toEqual([]);
      expect(modules.reduce((bytes, module) => bytes + statSync(module).size, 0)).toBeLessThanOrEqual(MAX_BYTES);
    },
  );
});
