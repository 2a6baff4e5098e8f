import { inject } from 'vitest';
import type { CaughtMessage } from '../../../local/messages/caught-message.ts';

/** Finds the newest message to this address on the mail page. */
export async function findNewestEmail(address: string): Promise<CaughtMessage> {
  const response = await fetch(`${inject('system').state.mailUrl}/messages`);
  const messages: readonly CaughtMessage[] = JSON.parse(await response.text());
  const newest = messages.find(({ to }) => to.includes(address));
  if (!newest) throw new Error(`The mail page has no message to ${address}.`);
  return newest;
}

/** Extracts the code or the temporary password at the end of a message. */
export function extractSecret({ text = '' }: CaughtMessage): string {
  return text.trim().split(' ').at(-1) ?? '';
}
