import { ROUTES } from '@medbook/contract/routes/api-functions';
import { describe, expect, test } from 'vitest';
import { findResources, STAGES, synthesizeStage } from './synthesize-stage.ts';

describe.each(STAGES)('the accounts of stage %s', (stage) => {
  const { config, templates } = synthesizeStage(stage);
  const { identity, data } = templates;
  const [pool] = findResources('AWS::Cognito::UserPool', identity);
  const [client, ...otherClients] = findResources('AWS::Cognito::UserPoolClient', identity);

  test('are made by people themselves, with an e-mail address that they confirm', () => {
    expect(pool).toMatchObject({
      UsernameAttributes: ['email'],
      AutoVerifiedAttributes: ['email'],
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: false },
      UsernameConfiguration: { CaseSensitive: false },
    });
  });

  test('become patients through the function that Cognito calls then, at its live version', () => {
    const handler = { Ref: expect.stringMatching(/^PostConfirmationFunctionAliaslive/) };
    expect(pool?.LambdaConfig.PostConfirmation).toEqual(handler);
    const permissions = findResources('AWS::Lambda::Permission', identity).map(
      ({ resource, id, ...permission }) => permission,
    );
    expect(permissions).toContainEqual({
      Action: 'lambda:InvokeFunction',
      FunctionName: handler,
      Principal: 'cognito-idp.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [pool?.id, 'Arn'] },
    });
    // And SNS, with what SES tells of mails.
    expect(permissions).toHaveLength(config.mfaForStaff ? 3 : 2);
  });

  test('have the rights of staff only with a second factor, where the stage says so: Cognito asks before it makes a token', () => {
    expect(pool).toMatchObject({ MfaConfiguration: 'OPTIONAL', EnabledMfas: ['SOFTWARE_TOKEN_MFA'] });
    // A device that Cognito trusts would not be asked for the second factor.
    expect(pool?.DeviceConfiguration).toBeUndefined();
    const asked = pool?.LambdaConfig.PreTokenGenerationConfig;
    // Of the versions of the trigger the first changes id tokens only.
    const expected = { LambdaVersion: 'V2_0', LambdaArn: { Ref: expect.stringMatching(/^StaffMfaFunctionAliaslive/) } };
    expect(asked).toEqual(config.mfaForStaff ? expected : undefined);
  });

  test('have passwords of twelve characters, none of the last five, and are told of nothing that others could learn', () => {
    expect(pool?.Policies.PasswordPolicy).toMatchObject({ MinimumLength: 12, PasswordHistorySize: 5 });
    expect(client?.PreventUserExistenceErrors).toBe('ENABLED');
    expect(pool?.AccountRecoverySetting.RecoveryMechanisms).toEqual([{ Name: 'verified_email', Priority: 1 }]);
  });

  test('may change their address, name and number, and nothing else of themselves', () => {
    expect(client?.WriteAttributes).toEqual(['email', 'name', 'phone_number']);
  });

  test('are signed in for an hour, and for 30 days by refreshing; a sign-out ends that', () => {
    expect(client).toMatchObject({
      AccessTokenValidity: 60,
      IdTokenValidity: 60,
      RefreshTokenValidity: 43_200,
      TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'minutes', RefreshToken: 'minutes' },
      EnableTokenRevocation: true,
    });
  });

  test('are guarded against stolen passwords and takeovers where the stage says so, with a firewall before them', () => {
    const guarded = config.threatProtection;
    expect(pool?.UserPoolTier).toBe(guarded ? 'PLUS' : 'ESSENTIALS');
    expect(pool?.UserPoolAddOns?.AdvancedSecurityMode).toBe(guarded ? 'ENFORCED' : undefined);
    const protectedArns = findResources('AWS::WAFv2::WebACLAssociation', identity).map(
      ({ ResourceArn }) => ResourceArn,
    );
    expect(protectedArns).toEqual(guarded ? [{ 'Fn::GetAtt': [pool?.id, 'Arn'] }] : []);
    const [risks] = findResources('AWS::Cognito::UserPoolRiskConfigurationAttachment', identity);
    expect(risks?.CompromisedCredentialsRiskConfiguration.Actions.EventAction).toBe(guarded ? 'BLOCK' : undefined);
    expect(risks?.AccountTakeoverRiskConfiguration.Actions.HighAction.EventAction).toBe(guarded ? 'BLOCK' : undefined);
  });

  test('get their mail from a domain of ours, signed and over TLS only, where the stage has one', () => {
    const [identityOfMail] = findResources('AWS::SES::EmailIdentity', data);
    expect(identityOfMail?.EmailIdentity).toBe(config.email.domain);
    if (!config.email.useForUserPool)
      return expect(pool?.EmailConfiguration).toEqual({ EmailSendingAccount: 'COGNITO_DEFAULT' });
    expect(pool?.EmailConfiguration).toMatchObject({
      EmailSendingAccount: 'DEVELOPER',
      From: `MedBook <${config.email.from}>`,
    });
    expect(JSON.stringify(pool?.EmailConfiguration.SourceArn)).toContain(`:identity/${config.email.domain}`);
    data.hasResourceProperties('AWS::SES::ConfigurationSet', {
      DeliveryOptions: { TlsPolicy: 'REQUIRE' },
      SuppressionOptions: { SuppressedReasons: ['BOUNCE', 'COMPLAINT'] },
    });
    // Whoever keeps the DNS finds there what to enter.
    const outputs = Object.keys(data.findOutputs('*')).filter((name) => name.startsWith('MailRecord'));
    expect(outputs).toHaveLength(3);
  });

  test('belong to the groups that the routes name', () => {
    const groups = findResources('AWS::Cognito::UserPoolGroup', identity).map(({ GroupName }) => GroupName);
    const named = ROUTES.flatMap(({ access }) => (typeof access === 'string' ? [] : [...access]));
    expect(groups.sort()).toEqual([...new Set(named)].sort());
  });

  test('sign in from one public client, which keeps no secret', () => {
    expect(otherClients).toEqual([]);
    expect(client?.AllowedOAuthFlowsUserPoolClient).toBe(false);
    expect(client?.GenerateSecret ?? false).toBe(false);
    expect(new Set(client?.ExplicitAuthFlows)).toEqual(
      new Set(['ALLOW_USER_SRP_AUTH', 'ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH']),
    );
  });

  test('have no domain, with which the functions could no longer reach them from their network', () => {
    identity.resourceCountIs('AWS::Cognito::UserPoolDomain', 0);
  });
});
