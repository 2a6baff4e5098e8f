import { GROUPS_BY_POOL } from '@medbook/contract/access';
import { ROUTES } from '@medbook/contract/routes/api-functions';
import { describe, expect, test } from 'vitest';
import { findResources, STAGES, synthesizeStage } from './synthesize-stage.ts';

test('each group that a route requires is in one user pool, and each other group has no rights yet', () => {
  const routeGroups = ROUTES.flatMap(({ access }) => (typeof access === 'string' ? [] : [...access]));
  expect(Object.values(GROUPS_BY_POOL).flat().sort()).toEqual([...new Set(routeGroups), 'receptionist'].sort());
});

describe.each(STAGES)('the accounts of stage %s', (stage) => {
  const { config, templates } = synthesizeStage(stage);
  const { identity, data, service } = templates;
  const pools = findResources('AWS::Cognito::UserPool', identity);
  const clients = findResources('AWS::Cognito::UserPoolClient', identity);
  const groups = findResources('AWS::Cognito::UserPoolGroup', identity);
  const findPool = (name: keyof typeof GROUPS_BY_POOL) => {
    const group = groups.find(({ GroupName }) => GroupName === GROUPS_BY_POOL[name][0]);
    const pool = pools.find(({ id }) => id === group?.UserPoolId.Ref);
    const ownClients = clients.filter(({ UserPoolId }) => UserPoolId.Ref === pool?.id);
    const ownGroups = groups.filter(({ UserPoolId }) => UserPoolId.Ref === pool?.id).map(({ GroupName }) => GroupName);
    return { pool, client: ownClients[0], clientCount: ownClients.length, groups: ownGroups.sort() };
  };
  const patients = findPool('patients');
  const staff = findPool('staff');

  test('are in two user pools, each with its groups and one public client without a secret', () => {
    expect(pools).toHaveLength(2);
    expect(patients).toMatchObject({ clientCount: 1, groups: [...GROUPS_BY_POOL.patients].sort() });
    expect(staff).toMatchObject({ clientCount: 1, groups: [...GROUPS_BY_POOL.staff].sort() });
    for (const client of clients) {
      expect(client.AllowedOAuthFlowsUserPoolClient).toBe(false);
      expect(client.GenerateSecret ?? false).toBe(false);
    }
    const outputs = Object.fromEntries(
      Object.entries(identity.findOutputs('*')).map(([name, { Value }]) => [name, Value]),
    );
    expect(outputs).toMatchObject({
      UserPoolId: { Ref: patients.pool?.id },
      UserPoolClientId: { Ref: patients.client?.id },
      StaffUserPoolId: { Ref: staff.pool?.id },
      StaffUserPoolClientId: { Ref: staff.client?.id },
    });
  });

  test('of patients are created by sign-up, those of staff only by us, with a verified email address', () => {
    for (const pool of pools) {
      expect(pool).toMatchObject({
        UsernameAttributes: ['email'],
        AutoVerifiedAttributes: ['email'],
        UsernameConfiguration: { CaseSensitive: false },
        UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
      });
    }
    expect(patients.pool?.AdminCreateUserConfig).toEqual({ AllowAdminCreateUserOnly: false });
    expect(staff.pool?.AdminCreateUserConfig).toEqual({ AllowAdminCreateUserOnly: true });
  });

  test('become patients through the live post-confirmation trigger, the only one of both pools', () => {
    const handler = { Ref: expect.stringMatching(/^PostConfirmationFunctionAliaslive/) };
    expect(patients.pool?.LambdaConfig).toEqual({ PostConfirmation: handler });
    expect(staff.pool?.LambdaConfig ?? {}).toEqual({});
    const permissions = findResources('AWS::Lambda::Permission', identity).map(
      ({ resource, id, ...permission }) => permission,
    );
    expect(permissions).toContainEqual({
      Action: 'lambda:InvokeFunction',
      FunctionName: handler,
      Principal: 'cognito-idp.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [patients.pool?.id, 'Arn'] },
    });
    // One more permission is for SNS, which publishes the email events of SES.
    expect(permissions).toHaveLength(2);
  });

  test('of staff need a second factor if the stage requires it, those of patients never do', () => {
    for (const pool of pools) {
      expect(pool.EnabledMfas).toEqual(['SOFTWARE_TOKEN_MFA']);
      // Cognito does not request the second factor on a trusted device.
      expect(pool.DeviceConfiguration).toBeUndefined();
    }
    expect(patients.pool?.MfaConfiguration).toBe('OPTIONAL');
    expect(staff.pool?.MfaConfiguration).toBe(config.mfaForStaff ? 'ON' : 'OPTIONAL');
  });

  test('have passwords of at least twelve characters, and errors that do not reveal whether a user exists', () => {
    for (const pool of pools) {
      expect(pool.Policies.PasswordPolicy).toMatchObject({ MinimumLength: 12, TemporaryPasswordValidityDays: 3 });
      expect(pool.AccountRecoverySetting.RecoveryMechanisms).toEqual([{ Name: 'verified_email', Priority: 1 }]);
    }
    for (const client of clients) expect(client.PreventUserExistenceErrors).toBe('ENABLED');
  });

  test('send the password over TLS, so that Cognito can check it', () => {
    for (const client of clients) {
      expect(new Set(client.ExplicitAuthFlows)).toEqual(
        new Set(['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH']),
      );
    }
  });

  test('can change only their email address, name and phone number', () => {
    for (const client of clients) expect(client.WriteAttributes).toEqual(['email', 'name', 'phone_number']);
  });

  test('have access tokens for one hour, and refresh tokens that a sign-out revokes: for 30 days, of staff for 12 hours', () => {
    for (const client of clients) {
      expect(client).toMatchObject({
        AccessTokenValidity: 60,
        IdTokenValidity: 60,
        TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'minutes', RefreshToken: 'minutes' },
        EnableTokenRevocation: true,
      });
    }
    expect(patients.client?.RefreshTokenValidity).toBe(30 * 24 * 60);
    expect(staff.client?.RefreshTokenValidity).toBe(12 * 60);
  });

  test('of patients have the cheapest plan and nothing that it does not include', () => {
    expect(patients.pool?.UserPoolTier).toBe('LITE');
    expect(patients.pool?.UserPoolAddOns).toBeUndefined();
    expect(patients.pool?.Policies.PasswordPolicy.PasswordHistorySize).toBeUndefined();
  });

  test('of staff have threat protection if the stage enables it, and passwords unlike the last five', () => {
    const hasThreatProtection = config.threatProtection;
    expect(staff.pool?.UserPoolTier).toBe(hasThreatProtection ? 'PLUS' : 'ESSENTIALS');
    expect(staff.pool?.UserPoolAddOns?.AdvancedSecurityMode).toBe(hasThreatProtection ? 'ENFORCED' : undefined);
    expect(staff.pool?.Policies.PasswordPolicy.PasswordHistorySize).toBe(5);
    const risks = findResources('AWS::Cognito::UserPoolRiskConfigurationAttachment', identity);
    expect(risks).toHaveLength(hasThreatProtection ? 1 : 0);
    for (const risk of risks) {
      expect(risk.UserPoolId).toEqual({ Ref: staff.pool?.id });
      expect(risk.CompromisedCredentialsRiskConfiguration.Actions.EventAction).toBe('BLOCK');
      expect(risk.AccountTakeoverRiskConfiguration.Actions.HighAction.EventAction).toBe('BLOCK');
    }
  });

  test('share one web ACL if the stage has threat protection', () => {
    const associations = findResources('AWS::WAFv2::WebACLAssociation', identity);
    expect(associations.map(({ ResourceArn }) => ResourceArn['Fn::GetAtt'][0]).sort()).toEqual(
      config.threatProtection ? pools.map(({ id }) => id).sort() : [],
    );
    expect(findResources('AWS::WAFv2::WebACL', identity)).toHaveLength(config.threatProtection ? 1 : 0);
  });

  test('of each pool are changed only by the functions that need it', () => {
    const policies = findResources('AWS::IAM::Policy', identity, service);
    const grants = policies.flatMap(({ PolicyDocument, Roles }) =>
      PolicyDocument.Statement.filter(({ Action }: { Action: unknown }) =>
        JSON.stringify(Action).includes('cognito-idp:'),
      ).map(({ Action, Resource }: { Action: unknown; Resource: unknown }) => {
        const isStaff = JSON.stringify(Resource).includes('StaffAccounts');
        const role = String(Roles[0].Ref).replace(/(Function)?Role.*$/, '');
        return `${role}: ${isStaff ? 'staff' : 'patients'} ${[Action].flat().join(' ').replaceAll('cognito-idp:Admin', '')}`;
      }),
    );
    expect(grants.sort()).toEqual([
      'CreateAdmin: staff AddUserToGroup CreateUser GetUser',
      'PatientApi: patients AddUserToGroup GetUser',
      'PostConfirmation: patients AddUserToGroup',
      'StaffApi: staff AddUserToGroup CreateUser GetUser',
    ]);
  });

  test('receive email from our own domain, signed and over TLS only, if the stage has a domain', () => {
    const [emailIdentity] = findResources('AWS::SES::EmailIdentity', data);
    expect(emailIdentity?.EmailIdentity).toBe(config.email.domain);
    for (const { EmailConfiguration } of pools) {
      if (!config.email.useForUserPool) {
        expect(EmailConfiguration).toEqual({ EmailSendingAccount: 'COGNITO_DEFAULT' });
        continue;
      }
      expect(EmailConfiguration).toMatchObject({
        EmailSendingAccount: 'DEVELOPER',
        From: `MedBook <${config.email.from}>`,
      });
      expect(JSON.stringify(EmailConfiguration.SourceArn)).toContain(`:identity/${config.email.domain}`);
    }
    if (!config.email.useForUserPool) return;
    data.hasResourceProperties('AWS::SES::ConfigurationSet', {
      DeliveryOptions: { TlsPolicy: 'REQUIRE' },
      SuppressionOptions: { SuppressedReasons: ['BOUNCE', 'COMPLAINT'] },
    });
    // The outputs list the DNS records to create.
    const outputs = Object.keys(data.findOutputs('*')).filter((name) => name.startsWith('MailRecord'));
    expect(outputs).toHaveLength(3);
  });

  test('have no domain, because the functions could not reach a user pool with a domain from their network', () => {
    identity.resourceCountIs('AWS::Cognito::UserPoolDomain', 0);
  });
});
