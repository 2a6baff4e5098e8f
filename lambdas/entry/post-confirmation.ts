import type { PostConfirmationTriggerEvent } from 'aws-lambda';
import { registerPatient } from '../accounts/register-patient.ts';
import { connectUserPool, poolUserOf } from '../accounts/user-pool.ts';
import { connectDatabase } from '../shared/db.ts';
import { job } from '../shared/job.ts';
import { log } from '../shared/log.ts';
import { traceTo } from '../shared/trace.ts';
import { postConfirmationEnv } from './post-confirmation.contract.ts';

const trace = traceTo(process.env.AWS_XRAY_DAEMON_ADDRESS);
const db = connectDatabase(postConfirmationEnv.parse(process.env), { queryTimeoutSeconds: 4, trace });

/** Makes a patient of everybody who has confirmed a sign-up. Cognito calls it after a reset of a password too, and may call it again. */
export const handler = job('post_confirmation', async (event: PostConfirmationTriggerEvent) => {
  if (event.triggerSource !== 'PostConfirmation_ConfirmSignUp') return event;
  const registered = await registerPatient(
    { db, userPool: connectUserPool(event.userPoolId) },
    event.userName,
    poolUserOf(event.request.userAttributes),
  );
  log(registered ? 'patient_registered' : 'patient_not_registered');
  return event;
});
