import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import contractPackageJson from '../../../packages/contract/package.json' with { type: 'json' };

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
const readProjectFile = (path: string) => readFileSync(`${PROJECT}/${path}`, 'utf8');
const contributing = readProjectFile('CONTRIBUTING.md');
const findAll = (pattern: RegExp, text = contributing) => [...text.matchAll(pattern)].map(([, found = '']) => found);

describe('CONTRIBUTING', () => {
  it('names only scripts that exist', () => {
    const scripts = findAll(/npm run (?:--silent )?([\w:-]+)/g);
    expect(scripts.length).toBeGreaterThan(5);
    for (const script of scripts) expect(Object.keys(packageJson.scripts)).toContain(script);
  });

  it('explains each part of `npm run check`', () => {
    const parts = findAll(/npm run ([\w-]+)/g, packageJson.scripts.check);
    expect(parts.length).toBeGreaterThan(5);
    for (const part of parts) expect(contributing).toMatch(new RegExp(`^\\| ${part} \\| \`npm run ${part}`, 'm'));
  });

  it('names only files and folders that exist', () => {
    const paths = findAll(/`((?:bin|docs|lambdas|lib|local|migrations|packages|test)\/[\w./-]+)`/g);
    expect(paths.length).toBeGreaterThan(50);
    for (const path of paths) expect(existsSync(`${PROJECT}/${path}`), path).toBe(true);
  });

  it('states the number of files of a booking', () => {
    const [, section = ''] = /^## POST \/appointments in files$(.*?)^## /ms.exec(contributing) ?? [];
    const [, count] = /in order: (\d+) files\./.exec(section) ?? [];
    expect(findAll(/^(\d+)\. `/gm, section)).toEqual(
      Array.from({ length: Number(count) }, (_, index) => `${index + 1}`),
    );
  });
});

it('the changelog begins with the version of the packages', () => {
  const [version] = findAll(/^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$/gm, readProjectFile('CHANGELOG.md'));
  expect([packageJson.version, contractPackageJson.version]).toEqual([version, version]);
});
