import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { findDeliveryErrors } from '../../lib/config/check-delivery.ts';
import { type Delivery, getStageConfig } from '../../lib/config/stages.ts';
import { PREFLIGHT_ACCOUNT_ACTIONS } from '../../lib/constructs/delivery/preflight-actions.ts';
import { addNagChecks } from '../../lib/nag/add-nag-checks.ts';
import { findResources, STAGES, synthesizeConfig, synthesizeStage } from './synthesize-stage.ts';

const DELIVERY: Delivery = { repository: 'hospital@12/medbook@34', diffPullRequests: false, createOidcProvider: true };
const ISSUER = 'token.actions.githubusercontent.com';

/** Synthesizes the Delivery stack of a stage with a changed delivery configuration. */
function synthesizeDelivery(stage: string, change: Partial<Delivery> = {}) {
  const stageConfig = getStageConfig(stage);
  const delivery = { ...DELIVERY, diffPullRequests: !stageConfig.keepData, ...change };
  const { config, stacks, assembly } = synthesizeConfig({ ...stageConfig, delivery });
  if (!stacks.delivery) throw new Error(`${stage} has no Delivery stack.`);
  const template = Template.fromStack(stacks.delivery);
  return { config, stacks, assembly, template, roles: listRoles(template) };
}

/** Returns the roles of a template by name, each with the statements of its trust policy and of its own policies. */
function listRoles(template: Template) {
  const policies = findResources('AWS::IAM::Policy', template);
  const roles = findResources('AWS::IAM::Role', template).map(({ id, RoleName, AssumeRolePolicyDocument, ...role }) => {
    const ownPolicies = policies.filter(({ Roles }) => JSON.stringify(Roles).includes(`"${id}"`));
    const statements = ownPolicies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    return [RoleName, { ...role, trustStatements: AssumeRolePolicyDocument.Statement, statements }] as const;
  });
  return Object.fromEntries(roles);
}

test('no stage has a Delivery stack by default', () => {
  expect(STAGES.filter((stage) => synthesizeStage(stage).stacks.delivery)).toEqual([]);
});

describe.each(STAGES)('stage %s', (stage) => {
  const { config, stacks, assembly, template, roles } = synthesizeDelivery(stage);
  const regions = [config.region ?? '{"Ref":"AWS::Region"}', ...(config.recovery ? [config.recovery.region] : [])];

  const roleCases: readonly (readonly [name: string, subject: string, kinds: readonly string[]])[] = [
    ['Deploy', `environment:${stage}`, ['deploy', 'file-publishing', 'lookup']],
    ['Compare', 'pull_request', ['lookup']],
  ];

  test.each(roleCases.filter(([name]) => name === 'Deploy' || !config.keepData))(
    'the role %s trusts workflows of the repository that run as %s and can assume only bootstrap roles: %j',
    (name, subject, kinds) => {
      const role = roles[`MedBook-${stage}-${name}`];
      expect(role?.trustStatements).toEqual([
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRoleWithWebIdentity',
          Principal: { Federated: expect.anything() },
          Condition: {
            StringEquals: {
              [`${ISSUER}:aud`]: 'sts.amazonaws.com',
              [`${ISSUER}:sub`]: `repo:hospital@12/medbook@34:${subject}`,
            },
          },
        },
      ]);

      expect(role?.statements[0]).toEqual({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: expect.anything() });
      const allowed: string[] = [role?.statements[0].Resource].flat().map((arn) => JSON.stringify(arn));
      expect(allowed).toHaveLength(regions.length * kinds.length);
      for (const kind of kinds) {
        const ofKind = allowed.filter((arn) => arn.includes(`:role/cdk-hnb659fds-${kind}-role-`));
        for (const region of regions)
          expect(
            ofKind.some((arn) => arn.includes(region)),
            `${kind} ${region}`,
          ).toBe(true);
      }
      expect(allowed.join()).not.toContain('*');
      expect(role?.ManagedPolicyArns ?? role?.Policies).toBeUndefined();
    },
  );

  test('the role Deploy can also read what the preflight compares; the role Compare can do nothing else', () => {
    const statements: { Action: unknown; Resource: unknown }[] = roles[`MedBook-${stage}-Deploy`]?.statements ?? [];
    const [, onAccount, ...onResources] = statements;
    expect(onAccount).toEqual({ Effect: 'Allow', Action: PREFLIGHT_ACCOUNT_ACTIONS, Resource: '*' });
    for (const action of PREFLIGHT_ACCOUNT_ACTIONS) expect(action).toMatch(/^[a-z0-9]+:(Describe|Get)[A-Za-z0-9]+$/);
    expect(onResources.map(({ Action }) => Action)).toEqual([
      'apigateway:GET',
      'ses:GetEmailIdentity',
      'ssm:GetParameter',
    ]);
    const resources = onResources.map(({ Resource }) => JSON.stringify(Resource));
    expect(resources.join()).not.toContain('*');
    expect(resources[0]).toContain('::/account');
    expect(resources[1]).toContain(`:identity/${config.email.domain}`);
    for (const region of regions) expect(resources[2]).toContain(region);
    if (!config.keepData) expect(roles[`MedBook-${stage}-Compare`]?.statements).toHaveLength(1);
  });

  test('is protected like the data stack and depends on no other stack', () => {
    expect(stacks.delivery?.terminationProtection).toBe(config.deletionProtection);
    const { dependencies } = assembly.getStackByName(`MedBook-${stage}-Delivery`);
    expect(dependencies.map(({ id }) => id)).toEqual([`MedBook-${stage}-Delivery.assets`]);
  });

  test('has the OIDC provider of GitHub', () => {
    const provider = { Url: `https://${ISSUER}`, ClientIdList: ['sts.amazonaws.com'] };
    template.hasResourceProperties('AWS::IAM::OIDCProvider', provider);
  });

  test('has no unacknowledged violation of a rule pack or of our own rules', () => {
    const { root: app } = stacks.data.node;
    if (!App.isApp(app)) throw new Error(`${app} is not an app.`);
    addNagChecks(app);
    expect(() => app.synth({ force: true })).not.toThrow();
  });
});

test('a stage has only the deploy role if the OIDC provider exists and pull requests have no access', () => {
  const { template, roles } = synthesizeDelivery('staging', { createOidcProvider: false, diffPullRequests: false });
  template.resourceCountIs('AWS::IAM::OIDCProvider', 0);
  expect(Object.keys(roles)).toEqual(['MedBook-staging-Deploy']);
  expect(JSON.stringify(roles['MedBook-staging-Deploy']?.trustStatements)).toContain(`:oidc-provider/${ISSUER}`);
});

test.each(['medbook', 'hospital/*', '*/medbook', 'hospital/medbook:*', 'https://github.com/hospital/medbook', ''])(
  'the repository %j is refused before synthesis',
  (repository) => {
    const config = { ...getStageConfig('dev'), delivery: { ...DELIVERY, repository } };
    expect(() => synthesizeConfig(config)).toThrow(/delivery\.repository .* is not a repository on GitHub/);
  },
);

test('pull requests have no access to a stage that keeps data', () => {
  expect(() => synthesizeDelivery('prod', { diffPullRequests: true })).toThrow(/delivery\.diffPullRequests/);
});

test('two stages of one account must not both create the OIDC provider', () => {
  const configureStages = (account?: string) =>
    STAGES.map((stage) => ({ ...getStageConfig(stage), account, delivery: { ...DELIVERY, createOidcProvider: true } }));
  const [dev, staging] = configureStages('111111111111');
  if (!dev || !staging) throw new Error('This test needs two stages.');
  expect(findDeliveryErrors(dev, [dev, staging])).toEqual([expect.stringMatching(/createOidcProvider .* staging/)]);
  expect(findDeliveryErrors(dev, [dev, { ...staging, account: '222222222222' }])).toEqual([]);
  expect(findDeliveryErrors({ ...dev, delivery: { ...DELIVERY, createOidcProvider: false } }, [dev, staging])).toEqual(
    [],
  );
});
