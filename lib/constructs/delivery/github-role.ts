import { type Duration, Stack, Validations } from 'aws-cdk-lib';
import {
  type IOidcProvider,
  OidcProviderNative,
  PolicyStatement,
  Role,
  WebIdentityPrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Delivery } from '../../config/stages.ts';
import { getBootstrapQualifier } from './bootstrap-qualifier.ts';

/** Props of `GithubRole`. */
export interface GithubRoleProps {
  readonly roleName: string;
  readonly provider: IOidcProvider;
  /** The exact `sub` claim of the GitHub tokens that may assume the role, without wildcards. */
  readonly subject: string;
  /** The ARNs of the roles that it may assume. */
  readonly assumableRoleArns: readonly string[];
  readonly maxSessionDuration: Duration;
}

/** A role for GitHub workflows that can do nothing but assume other roles, until it gets other permissions. */
export class GithubRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { provider, subject, assumableRoleArns, ...props }: GithubRoleProps) {
    super(scope, id);
    const tokenConditions = { [`${ISSUER_HOST}:aud`]: AUDIENCE, [`${ISSUER_HOST}:sub`]: subject };
    this.role = new Role(this, 'Resource', {
      ...props,
      description: `Workflows on GitHub that run as ${subject}`,
      assumedBy: new WebIdentityPrincipal(provider.oidcProviderArn, { StringEquals: tokenConditions }),
    });
    this.role.addToPolicy(new PolicyStatement({ actions: ['sts:AssumeRole'], resources: [...assumableRoleArns] }));
    Validations.of(this.role).acknowledge({
      id: 'HIPAA.Security-IAMNoInlinePolicy',
      reason: 'The policy is for this one role and is deleted with it; a managed policy could be attached to others.',
    });
  }
}

/**
 * Returns the account's OIDC provider for GitHub: a new one, or a reference to the existing one, as an account can have
 * only one.
 */
export function getGithubProvider(scope: Construct, { createOidcProvider }: Delivery): IOidcProvider {
  if (createOidcProvider) {
    return new OidcProviderNative(scope, 'Provider', { url: `https://${ISSUER_HOST}`, clientIds: [AUDIENCE] });
  }
  const arn = Stack.of(scope).formatArn({
    service: 'iam',
    region: '',
    resource: 'oidc-provider',
    resourceName: ISSUER_HOST,
  });
  return OidcProviderNative.fromOidcProviderArn(scope, 'Provider', arn);
}

type BootstrapRoleKind = 'deploy' | 'file-publishing' | 'lookup';

/** Returns the ARNs of the roles that `cdk bootstrap` created in the account for one region. */
export function getBootstrapRoleArns(scope: Construct, region: string, kinds: readonly BootstrapRoleKind[]): string[] {
  const stack = Stack.of(scope);
  const qualifier = getBootstrapQualifier(stack);
  return kinds.map((kind) =>
    stack.formatArn({
      service: 'iam',
      region: '',
      resource: 'role',
      resourceName: `cdk-${qualifier}-${kind}-role-${stack.account}-${region}`,
    }),
  );
}

const ISSUER_HOST = 'token.actions.githubusercontent.com';
/** The `aud` claim that the tokens must have. */
const AUDIENCE = 'sts.amazonaws.com';
