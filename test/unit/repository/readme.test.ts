import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
const readme = readFileSync(`${PROJECT}/README.md`, 'utf8');
const findAll = (pattern: RegExp) => [...readme.matchAll(pattern)].map(([, found = '']) => found);

describe('the README', () => {
  it('names only scripts that exist', () => {
    const scripts = [...findAll(/npm run (?:--silent )?([\w:-]+)/g), ...findAll(/`?npm (start|test)\b/g)];
    expect(scripts.length).toBeGreaterThan(3);
    for (const script of scripts) expect(Object.keys(packageJson.scripts)).toContain(script);
  });

  it('names only files and folders that exist', () => {
    const namedPaths = findAll(/`((?:bin|lib|lambdas|migrations|local|test|docs)\/[\w./-]+)`/g);
    expect(namedPaths.length).toBeGreaterThan(8);
    for (const path of namedPaths) expect(existsSync(`${PROJECT}/${path}`), path).toBe(true);
  });

  it('has at most 100 lines', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(100);
  });
});
