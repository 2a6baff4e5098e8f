import * as z from 'zod';

/** Cognito calls this before it makes a token, at sign-in and at each refresh, where staff must have a second factor. */
export const staffMfaEnv = z.object({});
export type StaffMfaEnv = Readonly<Record<never, string>>;
