import { Aws, Validations } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  InterfaceVpcEndpointAwsService,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { type StageConfig, ZONE_COUNT } from '../../config/stages.ts';
import { createLogGroup } from '../shared/create-log-group.ts';

/**
 * The AWS services that functions call from within the network. Each costs an endpoint
 * (docs/adr/0008-network-without-nat.md).
 */
const ENDPOINT_SERVICES = {
  // Cognito rejects requests through it if the user pool has a domain (hosted sign-in pages).
  Cognito: InterfaceVpcEndpointAwsService.COGNITO_IDP,
  Email: InterfaceVpcEndpointAwsService.EMAIL,
  SecretsManager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  Sms: InterfaceVpcEndpointAwsService.SNS,
  Queues: InterfaceVpcEndpointAwsService.SQS,
};

/**
 * A network without internet access, so that a compromised function cannot send data out. Functions reach AWS services
 * through interface endpoints, which accept only credentials of this account. All traffic is in the flow log.
 */
export class Network extends Construct {
  readonly vpc: Vpc;
  /** The subnets of functions, from which AWS services can be reached. */
  readonly functionSubnets: SubnetSelection = { subnetGroupName: 'Functions' };
  /** The subnets of the database and the cache, which open no connections to others. */
  readonly dataSubnets: SubnetSelection = { subnetGroupName: 'Data' };
  /** The security group of all functions but the migrations. What each may do in the database, IAM decides. */
  readonly functionSecurityGroup: SecurityGroup;
  private readonly endpointSecurityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, { config }: { readonly config: StageConfig }) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
      maxAzs: ZONE_COUNT,
      natGateways: 0,
      // Removes the rules of the default security group, which allow all traffic between its members and out of the
      // network.
      restrictDefaultSecurityGroup: true,
      // Small, so that most of the address space stays free.
      subnetConfiguration: [
        { name: 'Functions', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 22 },
        { name: 'Data', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
    });
    if (config.availabilityZones) {
      Validations.of(this.vpc).acknowledge({
        id: 'CloudFormation-Validate::W3010',
        reason: 'The stage names its zones, because some have no RDS Proxy: see docs/adr/0025-preflight-and-zones.md.',
      });
    }
    this.addFlowLog(config);
    this.endpointSecurityGroup = this.createClosedSecurityGroup(this, 'Services', 'Endpoints of AWS services');
    this.addEndpoints(config);
    this.functionSecurityGroup = this.createFunctionSecurityGroup(this, 'FunctionSecurityGroup', 'The functions');
  }

  /** Creates a security group without rules: it allows no traffic until some are added. */
  createClosedSecurityGroup(scope: Construct, id: string, description: string): SecurityGroup {
    return new SecurityGroup(scope, id, { vpc: this.vpc, description, allowAllOutbound: false });
  }

  /** Creates a security group from which the AWS services that have an endpoint here can be called. */
  createFunctionSecurityGroup(scope: Construct, id: string, description: string): SecurityGroup {
    const securityGroup = this.createClosedSecurityGroup(scope, id, description);
    securityGroup.connections.allowTo(this.endpointSecurityGroup, Port.HTTPS, 'AWS services');
    return securityGroup;
  }

  private addFlowLog(config: StageConfig): void {
    const logs = createLogGroup(this, 'FlowLogs', { config });
    const flowLog = this.vpc.addFlowLog('FlowLog', { destination: FlowLogDestination.toCloudWatchLogs(logs) });
    Validations.of(flowLog).acknowledge({
      id: 'HIPAA.Security-IAMNoInlinePolicy',
      reason: 'The policy, to write to one log group, is for this one role and is deleted with it.',
    });
  }

  private addEndpoints({ endpointZones }: StageConfig): void {
    // Each endpoint costs per zone. A function in a zone without endpoints uses those of another zone.
    const subnets = { subnets: this.vpc.selectSubnets(this.functionSubnets).subnets.slice(0, endpointZones) };
    for (const [name, service] of Object.entries(ENDPOINT_SERVICES)) {
      const endpoint = this.vpc.addInterfaceEndpoint(name, {
        service,
        subnets,
        securityGroups: [this.endpointSecurityGroup],
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
}
