import { globSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

// A string is one token, so text in it that looks like a comment is kept. The same holds for quotes in a comment.
const TOKEN = /(['"])(?:\\.|(?!\1)[^\\\n])*\1|`(?:\\.|[^\\`])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;

const stripComments = (source: string) => source.replace(TOKEN, (token) => (token.startsWith('/') ? '' : token));

interface SourceFile {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  /** Without comments. */
  readonly code: string;
}

const files: readonly SourceFile[] = globSync('{lambdas,packages}/**/*.ts', { cwd: PROJECT }).map((path) => ({
  path: path.split(sep).join('/'),
  code: stripComments(readFileSync(`${PROJECT}/${path}`, 'utf8')),
}));
const lambdas = files.filter(({ path }) => path.startsWith('lambdas/'));

const findFilesWith = (pattern: RegExp, among: readonly SourceFile[] = lambdas) =>
  among.filter(({ code }) => pattern.test(code)).map(({ path }) => path);

// The import rules are in .dependency-cruiser.mjs (`npm run imports`). These rules check what imports do not show.
describe('the code of the functions', () => {
  it('has a contract for each entry, and an entry for each contract', () => {
    const entries = lambdas.filter(({ path }) => path.startsWith('lambdas/entry/')).map(({ path }) => path);
    const names = new Set(entries.map((path) => path.replace(/(\.contract)?\.ts$/, '')));
    expect(names.size).toBeGreaterThan(10);
    expect(entries.toSorted()).toEqual([...names].flatMap((name) => [`${name}.contract.ts`, `${name}.ts`]).toSorted());
  });

  it('has SQL only in *.sql.ts and in the migrator', () => {
    const isAllowed = (path: string) => path.endsWith('.sql.ts') || path.startsWith('lambdas/migrations/');
    const withQueries = findFilesWith(/\.query\s*[(<`]/).filter((path) => path !== 'lambdas/shared/database.ts');
    const withStatements = findFilesWith(/['"`]\s*(select|insert into|update|delete from|with)\s/i);
    expect([...withQueries, ...withStatements].filter((path) => !isAllowed(path))).toEqual([]);
  });

  it('has statusCode only in lambdas/shared/http', () => {
    expect(findFilesWith(/\bstatusCode\b/).filter((path) => !path.startsWith('lambdas/shared/http/'))).toEqual([]);
  });

  it('reads process.env only in entry files', () => {
    expect(findFilesWith(/\bprocess\.env\b/).filter((path) => !path.startsWith('lambdas/entry/'))).toEqual([]);
  });

  it.each([
    ['pg', ['lambdas/shared/database.ts']],
    ['ioredis', ['lambdas/shared/cache.ts']],
    ['libphonenumber-js/min', ['packages/contract/phone.ts']],
    [
      './phone.ts',
      ['packages/contract/new-clinic.ts', 'packages/contract/new-doctor.ts', 'packages/contract/profile.ts'],
    ],
  ])('imports %s in %j', (module, importers) => {
    const found = files.filter(({ code }) => code.includes(`from '${module}'`)).map(({ path }) => path);
    expect(found.toSorted()).toEqual(importers);
  });
});

describe('pure files', async () => {
  // The list that the import rules use. It has no types.
  const { PURE }: { PURE: readonly string[] } = await import(`${PROJECT}/.dependency-cruiser.mjs`);
  const patterns = PURE.map((pattern) => new RegExp(pattern));
  const pureFiles = files.filter(({ path }) => patterns.some((pattern) => pattern.test(path)));

  // dependency-cruiser does not report a pattern that matches nothing.
  it.each(patterns)('exist for %s', (pattern) => {
    expect(files.some(({ path }) => pattern.test(path))).toBe(true);
  });

  it('use no clock, no random number, no network, no process and no console', () => {
    const impure = /\b(Date\.now|new Date\(\)|Math\.random|performance\.|fetch\(|setTimeout|process\.|console\.)/;
    expect(findFilesWith(impure, pureFiles)).toEqual([]);
  });
});

it.each([
  ['const a = 1; // process.env', 'const a = 1; '],
  ['/* process.env */ b();', ' b();'],
  ["const url = 'https://x'; // y", "const url = 'https://x'; "],
  ['const url = "/* no comment */";', 'const url = "/* no comment */";'],
])('comments are not searched: %j', (source, code) => {
  expect(stripComments(source)).toBe(code);
});
