import type { patientApi } from '@medbook/contract/routes/patient-api';
import type { Handlers } from '../shared/http/operation-handler.ts';
import { notFound } from '../shared/refusal-error.ts';
import type { Db } from '../shared/sql.ts';
import { findUnsubscribeLanguage, unsubscribe } from './unsubscribe.sql.ts';
import { createUnsubscribePage, UNSUBSCRIBE_PAGE_CSP } from './unsubscribe-page.ts';

/**
 * The routes of the unsubscribe link in emails, without a sign-in. GET changes nothing, because email programs and virus scanners open
 * links. POST is sent by one-click unsubscribe (RFC 8058) and by the button of the page.
 */
export const unsubscribeHandlers = {
  'GET /unsubscribe': async ({ db }, { query: { token } }) => {
    const language = await findUnsubscribeLanguage(db, token);
    if (!language) throw notFound('token', 'query');
    return toPageResponse(createUnsubscribePage(language, 'question'));
  },
  'POST /unsubscribe': async ({ db }, { query: { token } }, { requestId }) => {
    const language = await unsubscribe(db, token, requestId);
    if (!language) throw notFound('token', 'query');
    return toPageResponse(createUnsubscribePage(language, 'done'));
  },
} satisfies Partial<Handlers<{ db: Db }, typeof patientApi>>;

const toPageResponse = (body: string) => ({ body, headers: { 'Content-Security-Policy': UNSUBSCRIBE_PAGE_CSP } });
