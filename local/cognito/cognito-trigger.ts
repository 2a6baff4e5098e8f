import { UnsupportedError, UserLambdaValidationError } from 'cognito-local/lib/errors.js';
import type { Triggers } from 'cognito-local/lib/services/index.js';
import { attributesToRecord } from 'cognito-local/lib/services/userPoolService.js';

export interface PostConfirmationTarget {
  /** Of Lambda's API, `http://127.0.0.1:…`. */
  readonly endpoint: string;
  readonly functionName: string;
}

/**
 * The only trigger of the pool. As on AWS the user is confirmed before it runs, stays so when it fails, and the caller
 * is told of the failure; the emulator's own trigger would hide it.
 */
export function postConfirmationTrigger(region: string, target: () => PostConfirmationTarget | undefined): Triggers {
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
      const call = fetch(`${lambda.endpoint}${path}`, { method: 'POST', body: JSON.stringify(event) });
      const answer = await call.catch(() => {
        throw new UserLambdaValidationError(`PostConfirmation failed: nothing answers at ${lambda.endpoint}.`);
      });
      const payload = await answer.text();
      if (answer.ok && !answer.headers.has('x-amz-function-error')) return;
      throw new UserLambdaValidationError(`PostConfirmation failed with error ${payload}.`);
    },
    customMessage: absent,
    customEmailSender: absent,
    postAuthentication: absent,
    preSignUp: absent,
    preTokenGeneration: absent,
    userMigration: absent,
  };
}

async function absent(): Promise<never> {
  throw new UnsupportedError('a trigger other than PostConfirmation');
}
