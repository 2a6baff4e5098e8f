import { CfnRestApi, EndpointAccessMode, type RestApi, SecurityPolicy } from 'aws-cdk-lib/aws-apigateway';

/** TLS 1.2 with forward secrecy, or newer: by itself a regional API also takes TLS 1.0. For the API's own address and its domain alike. */
export const TLS = {
  securityPolicy: SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09,
  endpointAccessMode: EndpointAccessMode.STRICT,
};

/** Refuses older TLS at the address that API Gateway gives the API. */
export function requireTls(api: RestApi): void {
  const resource = api.node.defaultChild;
  if (!(resource instanceof CfnRestApi))
    throw new Error(`${api.node.path} is not a REST API that can be told about TLS.`);
  resource.securityPolicy = TLS.securityPolicy;
  resource.endpointAccessMode = TLS.endpointAccessMode;
}
