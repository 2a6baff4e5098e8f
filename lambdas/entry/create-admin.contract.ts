import { email, id } from '@medbook/contract/fields';
import * as z from 'zod';
import { databaseEnv } from '../shared/env.ts';

/** An operator calls this to create an admin: of a clinic, or of the platform. There is no other way to create the first admin of a stage. */
export const createAdminEnv = z.object({ ...databaseEnv, STAFF_POOL_ID: z.string().min(1) });
export type CreateAdminEnv = z.input<typeof createAdminEnv>;

/** The admin to create: of one clinic, or of the platform without `clinicId`. */
export const newAdmin = z.strictObject({ email, clinicId: id.optional() });
export type NewAdmin = z.output<typeof newAdmin>;

/** Returns the function's name, by which the operator's tool finds it. */
export const getCreateAdminFunctionName = (stage: string) => `MedBook-${stage}-create-admin`;
