import { Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

export interface FunctionRoleProps {
  /** The one group that it may write to. */
  readonly logs: LogGroup;
  readonly inNetwork: boolean;
}

/** The role of one function: it may write its own log, and be in the network. What else it may do is granted by whoever owns that. */
export function functionRole(scope: Construct, id: string, { logs, inNetwork }: FunctionRoleProps): Role {
  const role = new Role(scope, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  role.addToPolicy(
    new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logs.logGroupArn] }),
  );
  if (inNetwork) role.addToPolicy(new PolicyStatement({ actions: BE_IN_A_NETWORK, resources: ['*'] }));
  Validations.of(role).acknowledge(
    {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Only to write traces and to be in a network; for each of these actions the reason is given below.',
    },
    ...TRACE.map((action) => ({
      id: `MedBook::ResourcesAreNamed[${action} on *]`,
      reason: 'A trace is no resource: X-Ray takes it from whoever may write any.',
    })),
    ...BE_IN_A_NETWORK.map((action) => ({
      id: `MedBook::ResourcesAreNamed[${action} on *]`,
      reason:
        'Lambda makes the interface, whose name nobody knows before; so AWS has it in AWSLambdaVPCAccessExecutionRole too.',
    })),
    {
      id: 'HIPAA.Security-IAMNoInlinePolicy',
      reason: 'The policy belongs to this one role and goes with it; a managed one could be attached to others.',
    },
  );
  return role;
}

// CDK grants them to whatever is traced.
const TRACE = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];

// Lambda does this with the function's role. https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
const BE_IN_A_NETWORK = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];
