import * as z from 'zod';

/** The languages of messages; the first is the default. */
export const LANGUAGES = ['en', 'es', 'pt'] as const;
/** A language code of `LANGUAGES`. */
export type Language = (typeof LANGUAGES)[number];

/** A language of messages: ISO 639-1. */
export const language = z.enum(LANGUAGES).meta({ id: 'Language' });
