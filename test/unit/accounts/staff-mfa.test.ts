import { AdminGetUserCommand, CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import type { PreTokenGenerationV2TriggerEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test, vi } from 'vitest';
import { handler } from '../../../lambdas/entry/staff-mfa.ts';
import { createLambdaContext } from '../../support/http/in-process-api.ts';

const cognito = mockClient(CognitoIdentityProviderClient);
beforeEach(() => {
  cognito.reset();
  vi.spyOn(console, 'error').mockReturnValue();
});

function createTriggerEvent(groups: string[] | undefined): PreTokenGenerationV2TriggerEvent {
  return {
    version: '2',
    region: 'us-east-1',
    triggerSource: 'TokenGeneration_Authentication',
    userPoolId: 'us-east-1_Pool',
    userName: 'somebody',
    callerContext: { awsSdkVersion: '3', clientId: 'web' },
    request: { userAttributes: {}, groupConfiguration: { groupsToOverride: groups } },
    response: { claimsAndScopeOverrideDetails: {} },
  };
}

async function readGrantedGroups(groups: string[] | undefined) {
  const result = await handler(createTriggerEvent(groups), createLambdaContext());
  return result?.response.claimsAndScopeOverrideDetails.groupOverrideDetails?.groupsToOverride;
}

test.each([[undefined], [[]], [['patient']]])(
  'a token for %j is not changed, and Cognito is not called',
  async (groups) => {
    expect(await readGrantedGroups(groups)).toBeUndefined();
    expect(cognito.calls()).toEqual([]);
  },
);

test.each([['doctor'], ['admin']])('a %s with a second factor keeps all groups', async (group) => {
  cognito.on(AdminGetUserCommand).resolves({ Username: 'somebody', UserMFASettingList: ['SOFTWARE_TOKEN_MFA'] });
  expect(await readGrantedGroups([group, 'patient'])).toBeUndefined();
  expect(cognito.commandCalls(AdminGetUserCommand)[0]?.args[0].input).toEqual({
    UserPoolId: 'us-east-1_Pool',
    Username: 'somebody',
  });
});

test.each([[undefined], [[]]])('staff with second factors %j get a token without the staff groups', async (factors) => {
  cognito.on(AdminGetUserCommand).resolves({ Username: 'somebody', UserMFASettingList: factors });
  expect(await readGrantedGroups(['admin', 'doctor', 'patient'])).toEqual(['patient']);
  expect(await readGrantedGroups(['admin'])).toEqual([]);
});

test('staff cannot sign in while Cognito fails', async () => {
  cognito.on(AdminGetUserCommand).rejects(new Error('TooManyRequestsException'));
  await expect(handler(createTriggerEvent(['admin']), createLambdaContext())).rejects.toThrow();
});
