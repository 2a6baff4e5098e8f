import { FLOW_LOG_GIGABYTES, HOURS_PER_MONTH, PER_BOOKING } from './assumptions.ts';
import type { CostPart } from './cost-line.ts';
import { findResources, type Resource, readList, readValue } from './resources.ts';

/** The way out of the network, its log, and the data that leaves AWS. */
export const NETWORK_COSTS: CostPart = {
  types: ['AWS::EC2::VPCEndpoint', 'AWS::EC2::NatGateway', 'AWS::EC2::EIP', 'AWS::EC2::FlowLog'],
  listAtRest: (resources) => {
    const endpointZones = findResources(resources, 'AWS::EC2::VPCEndpoint').flatMap(listBilledZones).length;
    const gateways = findResources(resources, 'AWS::EC2::NatGateway').length;
    const addresses = findResources(resources, 'AWS::EC2::EIP').length;
    const flowLogs = findResources(resources, 'AWS::EC2::FlowLog').length;
    return [
      { what: 'interface endpoints', price: 'interfaceEndpoint', quantity: endpointZones * HOURS_PER_MONTH },
      { what: 'NAT gateways', price: 'natGateway', quantity: gateways * HOURS_PER_MONTH },
      { what: 'public addresses', price: 'publicAddress', quantity: addresses * HOURS_PER_MONTH },
      { what: 'flow logs', price: 'logsWritten', quantity: flowLogs * FLOW_LOG_GIGABYTES },
    ];
  },
  listPerBooking: () => [
    {
      what: 'transfer out of AWS',
      price: 'transferOut',
      quantity: (PER_BOOKING.requests * PER_BOOKING.responseBytes) / 1e9,
    },
  ],
};

/** Gateway endpoints, for S3 and DynamoDB, are free. */
function listBilledZones(endpoint: Resource): unknown[] {
  return readValue(endpoint, 'VpcEndpointType') === 'Interface' ? readList(endpoint, 'SubnetIds') : [];
}
