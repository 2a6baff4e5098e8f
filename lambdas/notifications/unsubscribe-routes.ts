import * as z from 'zod';
import { text } from '../shared/http/fields.ts';
import { route } from '../shared/http/route.ts';
import { notFound } from '../shared/outcome.ts';
import type { Db } from '../shared/sql.ts';
import { readUnsubscribing, unsubscribe } from './unsubscribe.sql.ts';
import { UNSUBSCRIBE_PAGE_POLICY, unsubscribePage } from './unsubscribe-page.ts';

const query = z.strictObject({ token: text(200) });
const PAGE = {
  query,
  response: z.string(),
  contentType: 'text/html; charset=utf-8',
  refusals: ['not_found'],
} as const;

/**
 * The link of our e-mails, for who is not signed in. GET changes nothing, because mail programs and virus scanners open links; POST is what
 * their one click does (RFC 8058) and what the page's button does.
 */
export const unsubscribeRoutes = {
  'GET /unsubscribe': route({
    ...PAGE,
    summary: 'The page of the link in e-mails, which asks whether you want no more.',
    handle: async ({ db }: { db: Db }, { query: { token } }) => {
      const language = await readUnsubscribing(db, token);
      if (!language) throw notFound('token', 'query');
      return pageReply(unsubscribePage(language, 'asks'));
    },
  }),
  'POST /unsubscribe': route({
    ...PAGE,
    summary: 'Sends a patient no more e-mails; they may want them again by PATCH /me.',
    handle: async ({ db }: { db: Db }, { query: { token } }, { requestId }) => {
      const language = await unsubscribe(db, token, requestId);
      if (!language) throw notFound('token', 'query');
      return pageReply(unsubscribePage(language, 'is done'));
    },
  }),
};

const pageReply = (body: string) => ({ body, headers: { 'Content-Security-Policy': UNSUBSCRIBE_PAGE_POLICY } });
