import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT } from './cdk.ts';

const DOCUMENT = 'docs/deploy.md';

/**
 * The commands that a section of docs/deploy.md tells to type: its one block of shell, as whoever copies it gets it.
 * @throws when the section or the block is not there.
 */
export async function readCommands(section: string): Promise<string> {
  const document = await readFile(join(PROJECT, DOCUMENT), 'utf8');
  const text = document.split(/^## /m).find((part) => part.startsWith(`${section}\n`));
  const [found, ...others] = text?.matchAll(/^( *)```sh\n(.*?)^\1```$/gms) ?? [];
  if (!found || others.length > 0)
    throw new Error(`${DOCUMENT} must have a section "${section}" with one block of sh, and has not.`);
  const [, indent = '', block = ''] = found;
  return block.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
}

/** The paragraph of a block that begins with this comment. @throws when there is none. */
export function extractParagraph(block: string, comment: string): string {
  const paragraph = block.split('\n\n').find((text) => text.startsWith(`# ${comment}`));
  if (!paragraph) throw new Error(`${DOCUMENT} must have commands below the comment "# ${comment}", and has not.`);
  return paragraph;
}
