import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT } from './cdk.ts';

const DOCUMENT = 'docs/deploy.md';

/**
 * Returns the commands of a section of docs/deploy.md: its only shell block, without indentation.
 * @throws if the section is missing, or does not have exactly one such block.
 */
export async function readCommands(section: string): Promise<string> {
  const document = await readFile(join(PROJECT, DOCUMENT), 'utf8');
  const text = document.split(/^## /m).find((part) => part.startsWith(`${section}\n`));
  const [found, ...others] = text?.matchAll(/^( *)```sh\n(.*?)^\1```$/gms) ?? [];
  if (!found || others.length > 0)
    throw new Error(`${DOCUMENT} must have a section "${section}" with exactly one block of sh.`);
  const [, indent = '', block = ''] = found;
  return block.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
}

/** Returns the paragraph of a block that begins with a comment. @throws if there is none. */
export function extractParagraph(block: string, comment: string): string {
  const paragraph = block.split('\n\n').find((text) => text.startsWith(`# ${comment}`));
  if (!paragraph) throw new Error(`${DOCUMENT} must have commands below the comment "# ${comment}".`);
  return paragraph;
}
