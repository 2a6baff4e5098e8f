import { Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** Options of `createFunctionRole`. */
export interface FunctionRoleProps {
  /** The only log group that it may write to. */
  readonly logGroup: LogGroup;
  readonly isInNetwork: boolean;
}

/**
 * Creates the role of one function, which allows writing its own log and joining the network. Other constructs grant
 * the rest.
 */
export function createFunctionRole(scope: Construct, id: string, { logGroup, isInNetwork }: FunctionRoleProps): Role {
  const role = new Role(scope, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  role.addToPolicy(
    new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }),
  );
  if (isInNetwork) role.addToPolicy(new PolicyStatement({ actions: VPC_ACTIONS, resources: ['*'] }));
  Validations.of(role).acknowledge(
    {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Only for tracing and for the network; the reason for each of these actions is given below.',
    },
    ...TRACING_ACTIONS.map((action) => ({
      id: `MedBook::ResourcesAreNamed[${action} on *]`,
      reason: 'X-Ray does not support resource-level permissions for this action.',
    })),
    ...VPC_ACTIONS.map((action) => ({
      id: `MedBook::ResourcesAreNamed[${action} on *]`,
      reason:
        'Lambda creates the network interface, so its ARN is not known in advance. AWSLambdaVPCAccessExecutionRole uses `*` too.',
    })),
    {
      id: 'HIPAA.Security-IAMNoInlinePolicy',
      reason: 'The policy is for this one role and is deleted with it; a managed policy could be attached to others.',
    },
  );
  return role;
}

// CDK grants them to each function with tracing.
const TRACING_ACTIONS = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];

// Lambda calls these with the function's role. https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
const VPC_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];
