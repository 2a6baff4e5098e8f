import { Validations } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  type IPeer,
  IpProtocol,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { type StageConfig, ZONE_COUNT } from '../../config/stages.ts';
import { createLogGroup } from '../shared/create-log-group.ts';
import { addIpv6Egress } from './add-ipv6-egress.ts';
import { addServiceEndpoints } from './add-service-endpoints.ts';

/**
 * A network into which nothing can connect, with a flow log of all traffic. Functions reach AWS services through
 * endpoints, so that a compromised function cannot send data elsewhere, or in smaller sizes over IPv6.
 */
export class Network extends Construct {
  readonly vpc: Vpc;
  /** The subnets of functions, from which AWS services can be reached. */
  readonly functionSubnets: SubnetSelection = { subnetGroupName: 'Functions' };
  /** The subnets of the database and the cache, which open no connections to others. */
  readonly dataSubnets: SubnetSelection = { subnetGroupName: 'Data' };
  /** The security group of all functions but the migrations. What each may do in the database, IAM decides. */
  readonly functionSecurityGroup: SecurityGroup;
  /** Whether functions reach AWS services over IPv6. */
  readonly usesIpv6: boolean;
  private readonly awsServices: IPeer[] = [];

  constructor(scope: Construct, id: string, { config }: { readonly config: StageConfig }) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
      maxAzs: ZONE_COUNT,
      natGateways: 0,
      // In every size, because a subnet that gets IPv6 addresses later may be replaced, with all that is in it.
      ipProtocol: IpProtocol.DUAL_STACK,
      // Removes the rules of the default security group, which allow all traffic between its members and out of the
      // network.
      restrictDefaultSecurityGroup: true,
      // Small, so that most of the address space stays free.
      subnetConfiguration: [
        { name: 'Functions', cidrMask: 22, ...SUBNET_OPTIONS },
        { name: 'Data', cidrMask: 24, ...SUBNET_OPTIONS },
      ],
    });
    if (config.availabilityZones) {
      Validations.of(this.vpc).acknowledge({
        id: 'CloudFormation-Validate::W3010',
        reason: 'The stage names its zones, because some have no RDS Proxy: see docs/adr/0025-preflight-and-zones.md.',
      });
    }
    this.addFlowLog(config);
    this.usesIpv6 = config.endpointZones === 0;
    const { subnets } = this.vpc.selectSubnets(this.functionSubnets);
    if (!this.usesIpv6) {
      const securityGroup = this.createClosedSecurityGroup(this, 'Services', 'Endpoints of AWS services');
      addServiceEndpoints(this.vpc, { subnets: subnets.slice(0, config.endpointZones), securityGroup });
      this.awsServices.push(securityGroup);
    }
    if (this.usesIpv6 || config.keepIpv6Egress) this.awsServices.push(addIpv6Egress(this.vpc, subnets));
    this.functionSecurityGroup = this.createFunctionSecurityGroup(this, 'FunctionSecurityGroup', 'The functions');
  }

  /** Creates a security group without rules: it allows no traffic until some are added. */
  createClosedSecurityGroup(scope: Construct, id: string, description: string): SecurityGroup {
    // Each rule is a resource, so that a change of size does not switch a group between the two ways to define rules.
    return new SecurityGroup(scope, id, {
      vpc: this.vpc,
      description,
      allowAllOutbound: false,
      disableInlineRules: true,
    });
  }

  /** Creates a security group from which AWS services can be called, and nothing else until rules are added. */
  createFunctionSecurityGroup(scope: Construct, id: string, description: string): SecurityGroup {
    const securityGroup = this.createClosedSecurityGroup(scope, id, description);
    for (const peer of this.awsServices) securityGroup.connections.allowTo(peer, Port.HTTPS, 'AWS services');
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
}

/** Lambda gives its network interfaces an IPv6 address only where a function asks for it. */
const SUBNET_OPTIONS = { subnetType: SubnetType.PRIVATE_ISOLATED, ipv6AssignAddressOnCreation: false };
