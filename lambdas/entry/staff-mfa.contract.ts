import * as z from 'zod';

/** Cognito calls this before it issues a token, at sign-in and at each refresh, on stages where staff must have a second factor. */
export const staffMfaEnv = z.object({});
export type StaffMfaEnv = Readonly<Record<never, string>>;
