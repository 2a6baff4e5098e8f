/**
 * What a statement is called in a trace: the first function or table that it reads from, else the function that it asks. Taken from
 * its text alone, which holds no values.
 */
export function statementName(text: string): string {
  const [, name = 'statement'] = READ.exec(text) ?? ASKED.exec(text) ?? [];
  return name;
}

const READ = /\b(?:from|into|update)\s+([a-z_]+)/;
const ASKED = /^\s*select\s+([a-z_]+)\(/;
