import { ArnFormat, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { StageConfig } from '../../config/stages.ts';
import { getBootstrapQualifier } from './bootstrap-qualifier.ts';
import { PREFLIGHT_ACCOUNT_ACTIONS } from './preflight-actions.ts';

/** Lets a role read what `npm run preflight` compares with the stage in its regions, and nothing else. */
export function grantPreflight(role: Role, { email }: StageConfig, regions: readonly string[]): void {
  const stack = Stack.of(role);
  const allow = (actions: readonly string[], resources: string[]) =>
    role.addToPolicy(new PolicyStatement({ actions: [...actions], resources }));
  allow(PREFLIGHT_ACCOUNT_ACTIONS, ['*']);
  allow(
    ['apigateway:GET'],
    [
      stack.formatArn({
        service: 'apigateway',
        account: '',
        resource: '/account',
        arnFormat: ArnFormat.NO_RESOURCE_NAME,
      }),
    ],
  );
  allow(
    ['ses:GetEmailIdentity'],
    [stack.formatArn({ service: 'ses', resource: 'identity', resourceName: email.domain })],
  );
  const resourceName = `cdk-bootstrap/${getBootstrapQualifier(stack)}/version`;
  allow(
    ['ssm:GetParameter'],
    regions.map((region) => stack.formatArn({ service: 'ssm', region, resource: 'parameter', resourceName })),
  );
  const reason = 'These actions only read limits and settings of the account, and what the region offers.';
  Validations.of(role).acknowledge(
    { id: 'AwsSolutions-IAM5[Resource::*]', reason },
    ...PREFLIGHT_ACCOUNT_ACTIONS.map((action) => ({ id: `MedBook::ResourcesAreNamed[${action} on *]`, reason })),
  );
}
