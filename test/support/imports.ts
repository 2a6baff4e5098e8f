/** One import of a module, also by `export … from`, `import()` and `typeof import()`. */
export interface Import {
  readonly specifier: string;
  /** It is gone when types are stripped. */
  readonly typeOnly: boolean;
}

const STATEMENT = /^[ \t]*(?:import|export)\s+(type\s+)?(?:[\w$*{},\s]+?\s+from\s*)?(['"])([^'"\n]+)\2/gm;
const CALL = /(typeof\s+)?\bimport\(\s*(['"])([^'"\n]+)\2/g;

/** What a TypeScript file imports. Text in comments is not looked at, nor what looks like an import inside a string. */
export function importsOf(source: string): Import[] {
  const code = withoutComments(source);
  const found = [...code.matchAll(STATEMENT), ...code.matchAll(CALL)];
  return found.map(([, type, , specifier = '']) => ({ specifier, typeOnly: type !== undefined }));
}

// A string is taken as one piece, so that what looks like a comment in it stays, and the other way round.
const TOKEN = /(['"])(?:\\.|(?!\1)[^\\\n])*\1|`(?:\\.|[^\\`])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;

/** The code of a file without its comments and template literals; strings stay, because the name of a module is one. */
export function withoutComments(source: string): string {
  return source.replace(TOKEN, (token) => (token.startsWith('/') ? '' : token.startsWith('`') ? '``' : token));
}
