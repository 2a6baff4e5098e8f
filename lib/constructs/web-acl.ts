import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/stages.ts';
import { logBlocked } from './web-acl-logs.ts';

export interface WebAclProps {
  readonly config: StageConfig;
  /** What it stands before, in lower case: part of the names of its metrics and of its log. */
  readonly name: string;
  /** How many requests one address may send in five minutes. A whole clinic may sit behind one: a shield against floods, no limit of use. */
  readonly requestsPerAddress: number;
  /** What an address gets beyond that. @default - the bare 403 of the firewall */
  readonly tooMany?: {
    readonly status: number;
    readonly body: string;
    readonly headers: Readonly<Record<string, string>>;
  };
}

/** A coarse shield: addresses of ill repute, known attacks, floods from one address. What it stops is counted, and logged without its query. */
export class WebAcl extends Construct {
  /** The `WebACL` dimension of its metrics, together with the `Rule` names of `RULES` and `ALL`. */
  readonly metricName: string;
  private readonly acl: CfnWebACL;

  constructor(scope: Construct, id: string, { config, name, requestsPerAddress, tooMany }: WebAclProps) {
    super(scope, id);
    this.metricName = `medbook-${config.stage}-${name}`;
    this.acl = new CfnWebACL(this, 'Resource', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visible(this.metricName),
      ...(tooMany && {
        customResponseBodies: { TooMany: { contentType: 'APPLICATION_JSON', content: tooMany.body } },
      }),
      rules: [
        {
          name: 'Floods',
          priority: 0,
          statement: {
            rateBasedStatement: { aggregateKeyType: 'IP', limit: requestsPerAddress, evaluationWindowSec: 300 },
          },
          action: { block: tooMany ? { customResponse: customResponse(tooMany) } : {} },
          visibilityConfig: visible('Floods'),
        },
        ...MANAGED.map(({ name: group, onlyCounts = [] }, i) => ({
          name: group,
          priority: i + 1,
          statement: {
            managedRuleGroupStatement: {
              vendorName: 'AWS',
              name: group,
              ruleActionOverrides: onlyCounts.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
            },
          },
          overrideAction: { none: {} },
          visibilityConfig: visible(group),
        })),
      ],
    });
    logBlocked(this, 'Logs', { config, name, acl: this.acl });
  }

  /** Puts it before something of this region: the stage of a REST API, a user pool. */
  protect(id: string, resourceArn: string): void {
    new CfnWebACLAssociation(this, id, { webAclArn: this.acl.attrArn, resourceArn });
  }
}

const MANAGED: readonly { readonly name: string; readonly onlyCounts?: readonly string[] }[] = [
  { name: 'AWSManagedRulesAmazonIpReputationList' },
  // It would answer 403 to a body that is too large, before our 413.
  { name: 'AWSManagedRulesCommonRuleSet', onlyCounts: ['SizeRestrictions_BODY'] },
  { name: 'AWSManagedRulesKnownBadInputsRuleSet' },
];

function visible(metricName: string) {
  // Samples hold whole requests, with their queries.
  return { cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false, metricName };
}

function customResponse({ status, headers }: NonNullable<WebAclProps['tooMany']>) {
  return {
    responseCode: status,
    customResponseBodyKey: 'TooMany',
    responseHeaders: Object.entries(headers).map(([name, value]) => ({ name, value })),
  };
}
