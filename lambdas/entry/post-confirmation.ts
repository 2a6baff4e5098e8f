import type { PostConfirmationTriggerEvent } from 'aws-lambda';
import { registerPatient } from '../accounts/register-patient.ts';
import { connectUserPool, toPoolUser } from '../accounts/user-pool.ts';
import { connectDatabase } from '../shared/database.ts';
import { jobHandler } from '../shared/job-handler.ts';
import { log } from '../shared/log.ts';
import { createTrace } from '../shared/trace.ts';
import { postConfirmationEnv } from './post-confirmation.contract.ts';

const trace = createTrace(process.env.AWS_XRAY_DAEMON_ADDRESS);
const db = connectDatabase(postConfirmationEnv.parse(process.env), {
  queryTimeoutSeconds: 2,
  connectTimeoutSeconds: 2,
  trace,
});

/** Registers a user who has confirmed their sign-up as a patient. Cognito also calls it after a password reset, and may call it again. */
export const handler = jobHandler('post_confirmation', async (event: PostConfirmationTriggerEvent) => {
  if (event.triggerSource !== 'PostConfirmation_ConfirmSignUp') return event;
  await registerPatient(
    { db, userPool: connectUserPool(event.userPoolId) },
    event.userName,
    toPoolUser(event.request.userAttributes),
  );
  log('patient_registered');
  return event;
});
