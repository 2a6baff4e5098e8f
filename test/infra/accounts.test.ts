import { describe, expect, test } from 'vitest';
import { patientApiRoutes } from '../../lambdas/entry/patient-api.contract.ts';
import { staffApiRoutes } from '../../lambdas/entry/staff-api.contract.ts';
import { resources, STAGES, synthesized } from './synthesized.ts';

describe.each(STAGES)('the accounts of stage %s', (stage) => {
  const { identity } = synthesized(stage).templates;
  const [pool] = resources('AWS::Cognito::UserPool', identity);
  const [client, ...otherClients] = resources('AWS::Cognito::UserPoolClient', identity);

  test('are made by people themselves, with an e-mail address that they confirm', () => {
    expect(pool).toMatchObject({
      UsernameAttributes: ['email'],
      AutoVerifiedAttributes: ['email'],
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: false },
      UsernameConfiguration: { CaseSensitive: false },
    });
  });

  test('become patients through the function that Cognito calls then, and nobody else may call it', () => {
    const handler = { 'Fn::GetAtt': [expect.stringMatching(/^PostConfirmation/), 'Arn'] };
    expect(pool?.LambdaConfig).toEqual({ PostConfirmation: handler });
    const permissions = resources('AWS::Lambda::Permission', identity);
    expect(permissions).toHaveLength(1);
    expect(permissions[0]).toMatchObject({
      FunctionName: handler,
      Principal: 'cognito-idp.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [pool?.id, 'Arn'] },
    });
  });

  test('belong to the groups that the routes name', () => {
    const groups = resources('AWS::Cognito::UserPoolGroup', identity).map(({ GroupName }) => GroupName);
    const named = Object.values({ ...patientApiRoutes, ...staffApiRoutes }).flatMap((access) =>
      typeof access === 'string' ? [] : [...access],
    );
    expect(groups.sort()).toEqual([...new Set(named)].sort());
  });

  test('sign in from one public client, which keeps no secret and does not tell who has an account', () => {
    expect(otherClients).toEqual([]);
    expect(client).toMatchObject({ PreventUserExistenceErrors: 'ENABLED', AllowedOAuthFlowsUserPoolClient: false });
    expect(client?.GenerateSecret ?? false).toBe(false);
    expect(new Set(client?.ExplicitAuthFlows)).toEqual(
      new Set(['ALLOW_USER_SRP_AUTH', 'ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH']),
    );
  });

  test('have no domain, with which the functions could no longer reach them from their network', () => {
    identity.resourceCountIs('AWS::Cognito::UserPoolDomain', 0);
  });
});
