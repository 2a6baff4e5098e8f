import * as z from 'zod';
import { LANGUAGES } from './notification.ts';

/** A language that messages are written in: ISO 639-1. */
export const language = z.enum(LANGUAGES).meta({ id: 'Language' });
