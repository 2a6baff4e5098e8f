/**
 * Returns the name of a statement in a trace: the first table or function that it reads or writes, else the function that it calls. The
 * name comes from the text of the statement, which contains no values.
 */
export function getStatementName(text: string): string {
  const [, name = 'statement'] = READ_OR_WRITTEN_RELATION.exec(text) ?? CALLED_FUNCTION.exec(text) ?? [];
  return name;
}

const READ_OR_WRITTEN_RELATION = /\b(?:from|into|update)\s+([a-z_]+)/;
const CALLED_FUNCTION = /^\s*select\s+([a-z_]+)\(/;
