import * as z from 'zod';
import { databaseEnv } from '../shared/env.ts';
import { email, id } from '../shared/http/fields.ts';

/** What an operator calls to make an admin: the first of a stage, who can be made by nobody else, and the admins of clinics. */
export const createAdminEnv = z.object({ ...databaseEnv, USER_POOL_ID: z.string().min(1) });
export type CreateAdminEnv = z.input<typeof createAdminEnv>;

/** Whom to make an admin: of the platform, or of one clinic. */
export const newAdmin = z.strictObject({ email, clinicId: id.optional() });
export type NewAdmin = z.output<typeof newAdmin>;

/** The name by which the operator's tool finds the function. */
export const createAdminFunctionName = (stage: string) => `MedBook-${stage}-create-admin`;
