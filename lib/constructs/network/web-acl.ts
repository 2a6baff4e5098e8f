import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import { addWebAclLogs } from './add-web-acl-logs.ts';

/** Props of `WebAcl`. */
export interface WebAclProps {
  readonly config: StageConfig;
  /** What it protects, in lower case: part of the names of its metrics and of its log group. */
  readonly name: string;
  /**
   * How many requests one IP address may send in 5 minutes. High, because a whole clinic may share an address: it only
   * stops floods.
   */
  readonly requestsPerAddress: number;
  /** The response above that limit. @default - AWS WAF's own 403 */
  readonly floodResponse?: {
    readonly status: number;
    readonly body: string;
    readonly headers: Readonly<Record<string, string>>;
  };
}

/**
 * A web ACL against floods from one IP address, addresses with a bad reputation, and known attacks. Blocked requests
 * are counted and logged without their query.
 */
export class WebAcl extends Construct {
  /** The `WebACL` dimension of its metrics. The `Rule` dimension is a rule's name or `ALL`. */
  readonly metricName: string;
  private readonly acl: CfnWebACL;

  constructor(scope: Construct, id: string, { config, name, requestsPerAddress, floodResponse }: WebAclProps) {
    super(scope, id);
    this.metricName = `medbook-${config.stage}-${name}`;
    this.acl = new CfnWebACL(this, 'Resource', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: createVisibilityConfig(this.metricName),
      ...(floodResponse && {
        customResponseBodies: { TooMany: { contentType: 'APPLICATION_JSON', content: floodResponse.body } },
      }),
      rules: [
        {
          name: 'Floods',
          priority: 0,
          statement: {
            rateBasedStatement: { aggregateKeyType: 'IP', limit: requestsPerAddress, evaluationWindowSec: 300 },
          },
          action: { block: floodResponse ? { customResponse: toCustomResponse(floodResponse) } : {} },
          visibilityConfig: createVisibilityConfig('Floods'),
        },
        ...MANAGED_RULE_GROUPS.map(({ name: group, countOnlyRules = [] }, i) => ({
          name: group,
          priority: i + 1,
          statement: {
            managedRuleGroupStatement: {
              vendorName: 'AWS',
              name: group,
              ruleActionOverrides: countOnlyRules.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
            },
          },
          overrideAction: { none: {} },
          visibilityConfig: createVisibilityConfig(group),
        })),
      ],
    });
    addWebAclLogs(this, 'Logs', { config, name, acl: this.acl });
  }

  /** Protects a resource in the same region: the stage of a REST API, or a user pool. */
  associate(id: string, resourceArn: string): void {
    new CfnWebACLAssociation(this, id, { webAclArn: this.acl.attrArn, resourceArn });
  }
}

const MANAGED_RULE_GROUPS: readonly { readonly name: string; readonly countOnlyRules?: readonly string[] }[] = [
  { name: 'AWSManagedRulesAmazonIpReputationList' },
  // Only counted: it would respond with 403 to a large body, before our 413.
  { name: 'AWSManagedRulesCommonRuleSet', countOnlyRules: ['SizeRestrictions_BODY'] },
  { name: 'AWSManagedRulesKnownBadInputsRuleSet' },
];

function createVisibilityConfig(metricName: string) {
  // Sampled requests are stored whole, with their queries.
  return { cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false, metricName };
}

function toCustomResponse({ status, headers }: NonNullable<WebAclProps['floodResponse']>) {
  return {
    responseCode: status,
    customResponseBodyKey: 'TooMany',
    responseHeaders: Object.entries(headers).map(([name, value]) => ({ name, value })),
  };
}
