import { DefaultStackSynthesizer, type Duration, Stack, Validations } from 'aws-cdk-lib';
import {
  type IOidcProvider,
  OidcProviderNative,
  PolicyStatement,
  Role,
  WebIdentityPrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Delivery } from '../config/stages.ts';

export interface GithubRoleProps {
  readonly roleName: string;
  readonly provider: IOidcProvider;
  /** The `sub` that GitHub writes into the tokens of those who may take the role: all of it, no pattern. */
  readonly subject: string;
  /** The ARNs of the roles that it may go on to take. By itself it may do nothing. */
  readonly mayAssume: readonly string[];
  readonly maxSessionDuration: Duration;
}

/** A role for workflows on GitHub, a door to other roles and nothing else. */
export class GithubRole extends Construct {
  constructor(scope: Construct, id: string, { provider, subject, mayAssume, ...props }: GithubRoleProps) {
    super(scope, id);
    const token = { [`${HOST}:aud`]: AUDIENCE, [`${HOST}:sub`]: subject };
    const role = new Role(this, 'Resource', {
      ...props,
      description: `Workflows on GitHub that run as ${subject}`,
      assumedBy: new WebIdentityPrincipal(provider.oidcProviderArn, { StringEquals: token }),
    });
    role.addToPolicy(new PolicyStatement({ actions: ['sts:AssumeRole'], resources: [...mayAssume] }));
    Validations.of(role).acknowledge({
      id: 'HIPAA.Security-IAMNoInlinePolicy',
      reason: 'The policy belongs to this one role and goes with it; a managed one could be attached to others.',
    });
  }
}

/** GitHub as this account knows it, which can know it only once: made here, or there already. */
export function githubProvider(scope: Construct, { makesProvider }: Delivery): IOidcProvider {
  if (makesProvider) {
    return new OidcProviderNative(scope, 'Provider', { url: `https://${HOST}`, clientIds: [AUDIENCE] });
  }
  const arn = Stack.of(scope).formatArn({ service: 'iam', region: '', resource: 'oidc-provider', resourceName: HOST });
  return OidcProviderNative.fromOidcProviderArn(scope, 'Provider', arn);
}

type BootstrapRole = 'deploy' | 'file-publishing' | 'lookup';

/** The ARNs of roles that `cdk bootstrap` made in the account, for one of its regions. */
export function bootstrapRoles(scope: Construct, region: string, kinds: readonly BootstrapRole[]): string[] {
  const stack = Stack.of(scope);
  const qualifier = stack.synthesizer.bootstrapQualifier ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
  return kinds.map((kind) =>
    stack.formatArn({
      service: 'iam',
      region: '',
      resource: 'role',
      resourceName: `cdk-${qualifier}-${kind}-role-${stack.account}-${region}`,
    }),
  );
}

const HOST = 'token.actions.githubusercontent.com';
/** Whom the tokens are for: AWS, and nobody who got hold of one. */
const AUDIENCE = 'sts.amazonaws.com';
