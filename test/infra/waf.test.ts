import { describe, expect, test } from 'vitest';
import { findResources, STAGES, synthesizeStage } from './synthesize-stage.ts';

interface Rule {
  readonly Name: string;
  readonly Action?: { readonly Block?: { readonly CustomResponse?: object } };
  readonly Statement: Record<string, Record<string, unknown>>;
}

describe.each(STAGES)('the web ACLs of stage %s', (stage) => {
  const { config, templates } = synthesizeStage(stage);
  const { service, identity } = templates;
  const acls = findResources('AWS::WAFv2::WebACL', service, identity);
  const getRules = (acl: (typeof acls)[number]): Rule[] => acl.Rules;

  test('protect the API, if the size has one', () => {
    const [apiStage] = findResources('AWS::ApiGateway::Stage', service);
    const [association] = findResources('AWS::WAFv2::WebACLAssociation', service);
    expect(association !== undefined).toBe(config.webAcl);
    if (!association) return;
    expect(JSON.stringify(association?.ResourceArn)).toContain(apiStage?.id);
  });

  test('block floods from one address, addresses with a bad reputation and known attacks', () => {
    for (const acl of acls) {
      expect(
        getRules(acl).map(({ Name }) => Name),
        acl.id,
      ).toEqual([
        'Floods',
        'AWSManagedRulesAmazonIpReputationList',
        'AWSManagedRulesCommonRuleSet',
        'AWSManagedRulesKnownBadInputsRuleSet',
      ]);
    }
  });

  test('count requests with a body that is too large instead of blocking them, because the API returns 413', () => {
    for (const acl of acls) {
      const common = getRules(acl).find(({ Name }) => Name === 'AWSManagedRulesCommonRuleSet');
      expect(common?.Statement.ManagedRuleGroupStatement?.RuleActionOverrides, acl.id).toEqual([
        { Name: 'SizeRestrictions_BODY', ActionToUse: { Count: {} } },
      ]);
    }
  });

  test.runIf(config.webAcl)('block a flood of the API with a 429 response: a problem document with Retry-After', () => {
    const [acl] = findResources('AWS::WAFv2::WebACL', service);
    const [floods] = acl ? getRules(acl) : [];
    expect(floods?.Action?.Block?.CustomResponse).toMatchObject({
      ResponseCode: 429,
      ResponseHeaders: expect.arrayContaining([{ Name: 'Retry-After', Value: '60' }]),
    });
    expect(JSON.parse(acl?.CustomResponseBodies.TooMany.Content)).toMatchObject({ status: 429, code: 'rate_limited' });
  });

  test('log only blocked requests, without tokens and queries', () => {
    const logging = findResources('AWS::WAFv2::LoggingConfiguration', service, identity);
    expect(logging).toHaveLength(acls.length);
    for (const { id, LoggingFilter, RedactedFields } of logging) {
      expect(LoggingFilter.DefaultBehavior, id).toBe('DROP');
      expect(RedactedFields, id).toContainEqual({ QueryString: {} });
      expect(RedactedFields, id).toContainEqual({ SingleHeader: { Name: 'authorization' } });
    }
    for (const { id, VisibilityConfig } of acls) expect(VisibilityConfig.SampledRequestsEnabled, id).toBe(false);
  });
});
