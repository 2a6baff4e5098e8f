import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { importsOf, withoutComments } from '../support/imports.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface SourceFile {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly code: string;
  readonly imports: readonly Imported[];
}

interface Imported {
  /** A file by its path from the root of the repository, or a package or built-in module by its name. */
  readonly target: string;
  readonly typeOnly: boolean;
}

const files: readonly SourceFile[] = globSync(['bin/**/*.ts', 'lib/**/*.ts', 'lambdas/**/*.ts'], { cwd: root }).map(
  (file) => {
    const source = readFileSync(join(root, file), 'utf8');
    const imports = importsOf(source).map(({ specifier, typeOnly }) => ({
      target: targetOf(file, specifier),
      typeOnly,
    }));
    return { path: slashed(file), code: withoutComments(source), imports };
  },
);

function targetOf(file: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return slashed(relative(root, join(root, dirname(file), specifier)));
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}

const under = (...folders: string[]) =>
  files.filter(({ path }) => folders.some((folder) => path.startsWith(`${folder}/`)));
const lambdas = under('lambdas');
const isPackage = (target: string, name: string) => target === name || target.startsWith(`${name}/`);

/** The imports that break a rule, as sentences. */
const breaches = (of: readonly SourceFile[], breaks: (imported: Imported, file: SourceFile) => boolean) =>
  of.flatMap((file) =>
    file.imports.filter((one) => breaks(one, file)).map(({ target }) => `${file.path} imports ${target}`),
  );

const filesWith = (of: readonly SourceFile[], pattern: RegExp) =>
  of.filter(({ code }) => pattern.test(code)).map(({ path }) => path);

describe('who may import whom', () => {
  it('all files are seen, and all that they import is there', () => {
    expect(lambdas.length).toBeGreaterThan(40);
    const missing = breaches(
      files,
      ({ target }) => /^(lambdas|lib|local|bin)\//.test(target) && !existsSync(join(root, target)),
    );
    expect(missing).toEqual([]);
  });

  it('synthesis knows of the functions no more than their contracts', () => {
    const known = /^lambdas\/entry\/[\w-]+\.contract\.ts$/;
    expect(breaches(under('bin', 'lib'), ({ target }) => target.startsWith('lambdas/') && !known.test(target))).toEqual(
      [],
    );
  });

  it('the functions know nothing of synthesis and of the local parts', () => {
    const foreign = ['lib', 'bin', 'local', 'test', 'aws-cdk-lib', 'constructs'];
    expect(breaches(lambdas, ({ target }) => foreign.some((name) => isPackage(target, name)))).toEqual([]);
  });

  it('what is shared knows no noun', () => {
    const outside = ({ target }: Imported) => target.startsWith('lambdas/') && !target.startsWith('lambdas/shared/');
    expect(breaches(under('lambdas/shared'), outside)).toEqual([]);
  });

  it('a noun does not know who is told of it over HTTP: only entry files put routes together', () => {
    const routes = ({ target }: Imported) => /-routes\.ts$/.test(target);
    expect(
      breaches(
        lambdas.filter(({ path }) => !path.startsWith('lambdas/entry/')),
        routes,
      ),
    ).toEqual([]);
  });

  it('nobody imports an entry file, because loading one starts a function', () => {
    const entry = ({ target }: Imported) => /^lambdas\/entry\/(?!.*\.contract\.ts$)/.test(target);
    expect(breaches(files, entry)).toEqual([]);
  });

  it('one file knows the driver of the database, and one that of the cache', () => {
    expect(
      lambdas.filter(({ imports }) => imports.some(({ target }) => isPackage(target, 'pg'))).map(({ path }) => path),
    ).toEqual(['lambdas/shared/db.ts']);
    expect(
      lambdas
        .filter(({ imports }) => imports.some(({ target }) => isPackage(target, 'ioredis')))
        .map(({ path }) => path),
    ).toEqual(['lambdas/shared/cache.ts']);
  });

  it('the numbering plans of the world are in the functions that take phone numbers, and in no other', () => {
    expect(
      lambdas
        .filter(({ imports }) => imports.some(({ target }) => isPackage(target, 'libphonenumber-js')))
        .map(({ path }) => path),
    ).toEqual(['lambdas/shared/http/phone.ts']);
    const users = lambdas.filter(({ imports }) => imports.some(({ target }) => target.endsWith('/phone.ts')));
    expect(users.map(({ path }) => path).toSorted()).toEqual([
      'lambdas/accounts/profile.ts',
      'lambdas/clinics/new-clinic.ts',
      'lambdas/doctors/new-doctor.ts',
    ]);
  });

  it('contracts, which synthesis loads, are schemas and nothing else', () => {
    const contracts = lambdas.filter(({ path }) => path.endsWith('.contract.ts'));
    const allowed = /^(zod|lambdas\/shared\/(access|env|http\/fields)\.ts)$/;
    expect(breaches(contracts, ({ target }) => !allowed.test(target))).toEqual([]);
  });
});

describe('where things are', () => {
  it('every function has its contract', () => {
    const entries = under('lambdas/entry').map(({ path }) => path.replace(/(\.contract)?\.ts$/, ''));
    for (const entry of new Set(entries)) {
      expect(
        entries.filter((one) => one === entry),
        `${entry} needs ${entry}.ts and ${entry}.contract.ts`,
      ).toHaveLength(2);
    }
  });

  it('statements are in the files of SQL', () => {
    const allowed = /\.sql\.ts$|^lambdas\/shared\/db\.ts$|^lambdas\/migrations\//;
    expect(filesWith(lambdas, /\.query\s*[(<`]/).filter((path) => !allowed.test(path))).toEqual([]);
    expect(
      filesWith(lambdas, /['"]\s*(select|insert into|update|delete from|with)\s/i).filter(
        (path) => !allowed.test(path),
      ),
    ).toEqual([]);
  });

  it('HTTP is made in one folder', () => {
    const outside = filesWith(lambdas, /\bstatusCode\b/).filter((path) => !path.startsWith('lambdas/shared/http/'));
    expect(outside).toEqual([]);
  });

  it('the environment is read by entry files alone', () => {
    const outside = filesWith(lambdas, /\bprocess\.env\b/).filter((path) => !path.startsWith('lambdas/entry/'));
    expect(outside).toEqual([]);
  });
});

describe('rules are pure', () => {
  const PURE = [
    /^lambdas\/shared\/(access|env|outcome|refusal)\.ts$/,
    /^lambdas\/shared\/http\/(caller|etag|fields|page|phone|reply|route)\.ts$/,
    /^lambdas\/(accounts\/profile|appointments\/appointment|clinics\/(new-)?clinic|doctors\/(new-)?doctor|schedules\/schedule)\.ts$/,
    /^lambdas\/migrations\/(checksum|compare|script-name|statements)\.ts$/,
    /\.contract\.ts$/,
    /notifications\/(notification|language)\.ts$/,
  ];
  const isPure = (path: string) => PURE.some((pattern) => pattern.test(path));

  it.each(PURE)('there are files like %s', (pattern) => {
    expect(lambdas.some(({ path }) => pattern.test(path))).toBe(true);
  });

  it('they import schemas and each other', () => {
    const allowed = (target: string) =>
      ['zod', 'node:zlib', 'libphonenumber-js/min'].includes(target) || isPure(target);
    const pure = lambdas.filter(({ path }) => isPure(path));
    expect(breaches(pure, ({ target, typeOnly }) => !typeOnly && !allowed(target))).toEqual([]);
  });

  it('they ask neither the clock nor chance nor the network', () => {
    const pure = lambdas.filter(({ path }) => isPure(path));
    expect(
      filesWith(pure, /\b(Date\.now|new Date\(\)|Math\.random|performance\.|fetch\(|setTimeout|process\.|console\.)/),
    ).toEqual([]);
  });
});

describe('the scanner of imports', () => {
  it.each([
    ["import a from 'x';", 'x', false],
    ["import * as a from 'x';", 'x', false],
    ["import a, { b as c, type D } from 'x';", 'x', false],
    ["import {\n  a,\n  b,\n} from 'x';", 'x', false],
    ["import 'x';", 'x', false],
    ["import type { A } from 'x';", 'x', true],
    ["import type A from 'x';", 'x', true],
    ["export * from 'x';", 'x', false],
    ["export { a } from 'x';", 'x', false],
    ["export type { A } from 'x';", 'x', true],
    ["const a = await import('x');", 'x', false],
    ["type A = typeof import('x');", 'x', true],
    ['import a from "x" with { type: \'json\' };', 'x', false],
    ["const url = 'https://x'; // y\nimport a from 'x';", 'x', false],
  ])('sees %j', (source, specifier, typeOnly) => {
    expect(importsOf(source)).toEqual([{ specifier, typeOnly }]);
  });

  it.each([
    "// import a from 'x';",
    "/* import a from 'x';\nimport b from 'y'; */",
    "const text = `\nimport a from 'x';\n`;",
    "const text = 'import a';",
    "export const a = 'x';",
    "export type A = 'x';",
    "import.meta.url + 'x';",
    "export function from(a = 'x') {}",
  ])('is not misled by %j', (source) => {
    expect(importsOf(source)).toEqual([]);
  });
});
