import { Aws, Validations } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  type IConnectable,
  InterfaceVpcEndpointAwsService,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/stages.ts';
import { logsOf } from './logs-of.ts';

/** The services of AWS that functions call from within the network; another one costs an endpoint (docs/adr/0008-network-without-nat.md). */
const SERVICES = {
  // Cognito refuses this way in as soon as the user pool gets a domain (hosted sign-in pages): it has none.
  Cognito: InterfaceVpcEndpointAwsService.COGNITO_IDP,
  Email: InterfaceVpcEndpointAwsService.EMAIL,
  SecretsManager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  Sms: InterfaceVpcEndpointAwsService.SNS,
  Queues: InterfaceVpcEndpointAwsService.SQS,
  XRay: InterfaceVpcEndpointAwsService.XRAY,
};

/**
 * A network without any way to or from the internet: who breaks into a function cannot carry data out. What functions need of
 * AWS comes in through interface endpoints, which take the credentials of this account only. All traffic is in the flow log.
 */
export class Network extends Construct {
  readonly vpc: Vpc;
  /** Private: from here the services of AWS can be reached. */
  readonly forFunctions: SubnetSelection = { subnetGroupName: 'Functions' };
  /** Isolated: what holds data calls nobody. */
  readonly forData: SubnetSelection = { subnetGroupName: 'Data' };
  private readonly services: SecurityGroup;

  constructor(scope: Construct, id: string, { config }: { readonly config: StageConfig }) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
      maxAzs: config.availabilityZones,
      natGateways: 0,
      // Its rules let all of its members talk to each other and to everybody: taken away, for whoever forgets to name a group.
      restrictDefaultSecurityGroup: true,
      // Small enough that most of the address space stays free for what comes later.
      subnetConfiguration: [
        { name: 'Functions', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 22 },
        { name: 'Data', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
    });
    this.addFlowLog(config);
    this.services = this.closedGroup(this, 'Services', 'Endpoints of AWS services');
    this.addEndpoints(config);
  }

  /** A security group that lets nothing in or out until somebody is named who may. */
  closedGroup(scope: Construct, id: string, description: string): SecurityGroup {
    return new SecurityGroup(scope, id, { vpc: this.vpc, description, allowAllOutbound: false });
  }

  /** Lets a function call the AWS services that have an endpoint here. */
  allowServices(caller: IConnectable): void {
    caller.connections.allowTo(this.services, Port.HTTPS, 'AWS services');
  }

  private addFlowLog(config: StageConfig): void {
    const logs = logsOf(this, 'FlowLogs', { config });
    const flowLog = this.vpc.addFlowLog('FlowLog', { destination: FlowLogDestination.toCloudWatchLogs(logs) });
    Validations.of(flowLog).acknowledge({
      id: 'HIPAA.Security-IAMNoInlinePolicy',
      reason: 'The right to write into this one log group belongs to this one role, and lives and dies with it.',
    });
  }

  private addEndpoints({ endpointZones }: StageConfig): void {
    // One address for each zone and endpoint is what costs; a function of a zone without one goes to the next zone's.
    const subnets = { subnets: this.vpc.selectSubnets(this.forFunctions).subnets.slice(0, endpointZones) };
    for (const [name, service] of Object.entries(SERVICES)) {
      const endpoint = this.vpc.addInterfaceEndpoint(name, {
        service,
        subnets,
        securityGroups: [this.services],
        open: false,
      });
      // Otherwise stolen data could leave through it, into a stranger's account with a stranger's credentials.
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
        reason: 'The policy of an endpoint gives nobody a right: it only takes from those that the caller has.',
      });
    }
  }
}
