import { type Db, oneRow } from '../shared/sql.ts';
import type { Language } from './notification.ts';

/** See read_unsubscribing() in the migrations: whose link it is, by their language. */
export async function readUnsubscribing(db: Db, token: string): Promise<Language | null> {
  const result = await db.query<{ language: Language | null }>('select read_unsubscribing($1::text) as language', [
    token,
  ]);
  return oneRow(result).language;
}

/** See unsubscribe() in the migrations. */
export async function unsubscribe(db: Db, token: string, requestId: string): Promise<Language | null> {
  const result = await db.query<{ language: Language | null }>('select unsubscribe($1::text, $2::text) as language', [
    token,
    requestId,
  ]);
  return oneRow(result).language;
}
