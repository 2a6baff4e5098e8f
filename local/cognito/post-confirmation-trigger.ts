import { UnsupportedError, UserLambdaValidationError } from 'cognito-local/lib/errors.js';
import type { Triggers } from 'cognito-local/lib/services/index.js';
import { attributesToRecord } from 'cognito-local/lib/services/userPoolService.js';

/** The function that the trigger calls. */
export interface PostConfirmationTarget {
  /** The endpoint of the Lambda API, `http://127.0.0.1:…`. */
  readonly endpoint: string;
  readonly functionName: string;
}

/**
 * Returns the only trigger, that of the pool of patients: the pool of staff has no sign-up. As on AWS, the user is confirmed before it
 * runs and stays confirmed if it fails, and the caller gets the error; the emulator's own trigger would hide it.
 */
export function createPostConfirmationTrigger(
  region: string,
  target: () => PostConfirmationTarget | undefined,
): Triggers {
  return {
    enabled: (trigger) => trigger === 'PostConfirmation' && target() !== undefined,
    async postConfirmation(_ctx, { source, clientId, clientMetadata, userAttributes, username, userPoolId }) {
      const lambda = target();
      if (!lambda) return;
      const event = {
        version: '1',
        region,
        userPoolId,
        userName: username,
        triggerSource: source,
        callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId },
        request: { userAttributes: attributesToRecord(userAttributes), clientMetadata },
        response: {},
      };
      const path = `/2015-03-31/functions/${encodeURIComponent(lambda.functionName)}/invocations`;
      const responsePromise = fetch(`${lambda.endpoint}${path}`, { method: 'POST', body: JSON.stringify(event) });
      const response = await responsePromise.catch(() => {
        throw new UserLambdaValidationError(`PostConfirmation failed: no response from ${lambda.endpoint}.`);
      });
      const payload = await response.text();
      if (response.ok && !response.headers.has('x-amz-function-error')) return;
      throw new UserLambdaValidationError(`PostConfirmation failed with error ${payload}.`);
    },
    customMessage: rejectUnsupportedTrigger,
    customEmailSender: rejectUnsupportedTrigger,
    postAuthentication: rejectUnsupportedTrigger,
    preSignUp: rejectUnsupportedTrigger,
    preTokenGeneration: rejectUnsupportedTrigger,
    userMigration: rejectUnsupportedTrigger,
  };
}

async function rejectUnsupportedTrigger(): Promise<never> {
  throw new UnsupportedError('a trigger other than PostConfirmation');
}
