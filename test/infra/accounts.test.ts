import { ROUTES } from '@medbook/contract/routes/api-functions';
import { describe, expect, test } from 'vitest';
import { findResources, STAGES, synthesizeStage } from './synthesize-stage.ts';

describe.each(STAGES)('the accounts of stage %s', (stage) => {
  const { config, templates } = synthesizeStage(stage);
  const { identity, data } = templates;
  const [pool] = findResources('AWS::Cognito::UserPool', identity);
  const [client, ...otherClients] = findResources('AWS::Cognito::UserPoolClient', identity);

  test('are created by sign-up, with a verified email address', () => {
    expect(pool).toMatchObject({
      UsernameAttributes: ['email'],
      AutoVerifiedAttributes: ['email'],
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: false },
      UsernameConfiguration: { CaseSensitive: false },
    });
  });

  test('become patients through the live post-confirmation trigger', () => {
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
    // One more permission is for SNS, which publishes the email events of SES.
    expect(permissions).toHaveLength(config.mfaForStaff ? 3 : 2);
  });

  test('have staff rights only with a second factor if the stage requires it, checked before a token is created', () => {
    expect(pool).toMatchObject({ MfaConfiguration: 'OPTIONAL', EnabledMfas: ['SOFTWARE_TOKEN_MFA'] });
    // Cognito does not request the second factor on a trusted device.
    expect(pool?.DeviceConfiguration).toBeUndefined();
    const trigger = pool?.LambdaConfig.PreTokenGenerationConfig;
    // Version 1 of the trigger changes id tokens only.
    const expected = { LambdaVersion: 'V2_0', LambdaArn: { Ref: expect.stringMatching(/^StaffMfaFunctionAliaslive/) } };
    expect(trigger).toEqual(config.mfaForStaff ? expected : undefined);
  });

  test('have passwords of at least twelve characters, unlike the last five, and errors that do not reveal whether a user exists', () => {
    expect(pool?.Policies.PasswordPolicy).toMatchObject({ MinimumLength: 12, PasswordHistorySize: 5 });
    expect(client?.PreventUserExistenceErrors).toBe('ENABLED');
    expect(pool?.AccountRecoverySetting.RecoveryMechanisms).toEqual([{ Name: 'verified_email', Priority: 1 }]);
  });

  test('can change only their email address, name and phone number', () => {
    expect(client?.WriteAttributes).toEqual(['email', 'name', 'phone_number']);
  });

  test('have access tokens for one hour and refresh tokens for 30 days, which a sign-out revokes', () => {
    expect(client).toMatchObject({
      AccessTokenValidity: 60,
      IdTokenValidity: 60,
      RefreshTokenValidity: 43_200,
      TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'minutes', RefreshToken: 'minutes' },
      EnableTokenRevocation: true,
    });
  });

  test('have threat protection and a web ACL if the stage enables them', () => {
    const hasThreatProtection = config.threatProtection;
    expect(pool?.UserPoolTier).toBe(hasThreatProtection ? 'PLUS' : 'ESSENTIALS');
    expect(pool?.UserPoolAddOns?.AdvancedSecurityMode).toBe(hasThreatProtection ? 'ENFORCED' : undefined);
    const protectedArns = findResources('AWS::WAFv2::WebACLAssociation', identity).map(
      ({ ResourceArn }) => ResourceArn,
    );
    expect(protectedArns).toEqual(hasThreatProtection ? [{ 'Fn::GetAtt': [pool?.id, 'Arn'] }] : []);
    const [riskConfiguration] = findResources('AWS::Cognito::UserPoolRiskConfigurationAttachment', identity);
    expect(riskConfiguration?.CompromisedCredentialsRiskConfiguration.Actions.EventAction).toBe(
      hasThreatProtection ? 'BLOCK' : undefined,
    );
    expect(riskConfiguration?.AccountTakeoverRiskConfiguration.Actions.HighAction.EventAction).toBe(
      hasThreatProtection ? 'BLOCK' : undefined,
    );
  });

  test('receive email from our own domain, signed and over TLS only, if the stage has a domain', () => {
    const [emailIdentity] = findResources('AWS::SES::EmailIdentity', data);
    expect(emailIdentity?.EmailIdentity).toBe(config.email.domain);
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
    // The outputs list the DNS records to create.
    const outputs = Object.keys(data.findOutputs('*')).filter((name) => name.startsWith('MailRecord'));
    expect(outputs).toHaveLength(3);
  });

  test('have exactly the groups that the routes require', () => {
    const groups = findResources('AWS::Cognito::UserPoolGroup', identity).map(({ GroupName }) => GroupName);
    const routeGroups = ROUTES.flatMap(({ access }) => (typeof access === 'string' ? [] : [...access]));
    expect(groups.sort()).toEqual([...new Set(routeGroups)].sort());
  });

  test('have one public client without a secret', () => {
    expect(otherClients).toEqual([]);
    expect(client?.AllowedOAuthFlowsUserPoolClient).toBe(false);
    expect(client?.GenerateSecret ?? false).toBe(false);
    expect(new Set(client?.ExplicitAuthFlows)).toEqual(
      new Set(['ALLOW_USER_SRP_AUTH', 'ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH']),
    );
  });

  test('have no domain, because the functions could not reach a user pool with a domain from their network', () => {
    identity.resourceCountIs('AWS::Cognito::UserPoolDomain', 0);
  });
});
