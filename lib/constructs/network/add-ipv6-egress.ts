import {
  CfnEgressOnlyInternetGateway,
  type IPeer,
  type ISubnet,
  Peer,
  RouterType,
  Subnet,
  type Vpc,
} from 'aws-cdk-lib/aws-ec2';

/**
 * Lets functions reach AWS services over IPv6. Nothing can connect to them, but they could reach addresses outside of
 * AWS too: docs/adr/0021-way-out-of-the-network.md. Returns where functions must be allowed to connect to.
 */
export function addIpv6Egress(vpc: Vpc, functionSubnets: readonly ISubnet[]): IPeer {
  const gateway = new CfnEgressOnlyInternetGateway(vpc, 'Ipv6Egress', { vpcId: vpc.vpcId });
  for (const subnet of functionSubnets) {
    if (!(subnet instanceof Subnet)) throw new Error(`${subnet.node.path} is not a subnet of this app.`);
    subnet.addRoute('Ipv6Egress', {
      destinationIpv6CidrBlock: '::/0',
      routerType: RouterType.EGRESS_ONLY_INTERNET_GATEWAY,
      routerId: gateway.ref,
    });
  }
  return Peer.anyIpv6();
}
