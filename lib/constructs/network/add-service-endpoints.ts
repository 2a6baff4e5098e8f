import { Aws, Validations } from 'aws-cdk-lib';
import { InterfaceVpcEndpointAwsService, type ISubnet, type SecurityGroup, type Vpc } from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** The AWS services that functions call from within the network. Each costs an endpoint for each zone. */
const ENDPOINT_SERVICES = {
  // Cognito rejects requests through it if the user pool has a domain (hosted sign-in pages).
  Cognito: InterfaceVpcEndpointAwsService.COGNITO_IDP,
  Email: InterfaceVpcEndpointAwsService.EMAIL,
  SecretsManager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  Sms: InterfaceVpcEndpointAwsService.SNS,
  Queues: InterfaceVpcEndpointAwsService.SQS,
};

/** Options of `addServiceEndpoints`. */
export interface ServiceEndpointsProps {
  /** A function in a zone without endpoints uses those of another zone. */
  readonly subnets: ISubnet[];
  readonly securityGroup: SecurityGroup;
}

/** Lets functions reach AWS services through interface endpoints, which accept only credentials of this account. */
export function addServiceEndpoints(vpc: Vpc, { subnets, securityGroup }: ServiceEndpointsProps): void {
  for (const [name, service] of Object.entries(ENDPOINT_SERVICES)) {
    const endpoint = vpc.addInterfaceEndpoint(name, {
      service,
      subnets: { subnets },
      securityGroups: [securityGroup],
      open: false,
    });
    // Otherwise stolen data could be sent through it to another account with that account's credentials.
    endpoint.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:PrincipalAccount': Aws.ACCOUNT_ID } },
      }),
    );
    Validations.of(endpoint).acknowledge({
      id: 'MedBook::ActionsAreNamed[*]',
      reason: 'An endpoint policy grants nothing: it only restricts the permissions that the caller already has.',
    });
  }
}
