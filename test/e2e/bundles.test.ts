import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';

const MAX_BYTES = 900_000;

const { folder } = inject('system');
const bundles = globSync('cdk.out/asset.*/index.mjs', { cwd: folder }).map((file) => join(folder, file));

/** The modules that are loaded with this one, itself included. What is imported by `import()` is not among them. */
function loadedWith(module: string, known = new Set<string>()): Set<string> {
  if (known.has(module)) return known;
  known.add(module);
  for (const [, path = ''] of readFileSync(module, 'utf8').matchAll(/(?:from|import)"(\.\/[\w-]+\.mjs)"/g))
    loadedWith(join(dirname(module), path), known);
  return known;
}

describe('the bundles', () => {
  it('are all there', () => {
    expect(bundles.length).toBeGreaterThan(6);
  });

  it.each(bundles)('load little when a function starts, and all that they load is there: %s', (bundle) => {
    const modules = [...loadedWith(bundle)];
    expect(modules.filter((module) => !existsSync(module))).toEqual([]);
    expect(modules.reduce((bytes, module) => bytes + statSync(module).size, 0)).toBeLessThanOrEqual(MAX_BYTES);
  });
});
