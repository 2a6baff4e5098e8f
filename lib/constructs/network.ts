import {
  type IConnectable,
  InterfaceVpcEndpointAwsService,
  Peer,
  Port,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/stages.ts';

/**
 * A network without any way to or from the internet: who breaks into a function cannot carry data out.
 * What functions need of AWS comes in through interface endpoints, one for each service, listed here.
 */
export class Network extends Construct {
  readonly vpc: Vpc;
  readonly forFunctions: SubnetSelection = { subnetGroupName: 'Functions' };
  readonly forDatabase: SubnetSelection = { subnetGroupName: 'Database' };

  constructor(scope: Construct, id: string, { config }: { readonly config: StageConfig }) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
      maxAzs: config.availabilityZones,
      natGateways: 0,
      // Small enough that most of the address space stays free for what comes later.
      subnetConfiguration: [
        { name: 'Functions', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 22 },
        { name: 'Database', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
    });

    const services = {
      // Cognito refuses this way in as soon as the user pool gets a domain (hosted sign-in pages): it has none.
      Cognito: InterfaceVpcEndpointAwsService.COGNITO_IDP,
      SecretsManager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
      XRay: InterfaceVpcEndpointAwsService.XRAY,
    };
    for (const [name, service] of Object.entries(services)) {
      this.vpc.addInterfaceEndpoint(name, { service, subnets: this.forFunctions });
    }
  }
  /** Lets a function call the AWS services that have an endpoint here. */
  allowServices(caller: IConnectable): void {
    caller.connections.allowTo(Peer.ipv4(this.vpc.vpcCidrBlock), Port.HTTPS, 'AWS services');
  }
}
