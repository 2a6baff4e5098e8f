import type { Language } from '@medbook/contract/language';
import { type Db, singleRow } from '../shared/sql.ts';

/** See read_unsubscribe_language() in the migrations. Returns the patient's language; null if the token is invalid. */
export async function findUnsubscribeLanguage(db: Db, token: string): Promise<Language | null> {
  const result = await db.query<{ language: Language | null }>(
    'select read_unsubscribe_language($1::text) as language',
    [token],
  );
  return singleRow(result).language;
}

/** See unsubscribe() in the migrations. Returns the patient's language; null if the token is invalid. */
export async function unsubscribe(db: Db, token: string, requestId: string): Promise<Language | null> {
  const result = await db.query<{ language: Language | null }>('select unsubscribe($1::text, $2::text) as language', [
    token,
    requestId,
  ]);
  return singleRow(result).language;
}
