import { CfnRestApi, EndpointAccessMode, SecurityPolicy, type SpecRestApi } from 'aws-cdk-lib/aws-apigateway';

/**
 * TLS 1.2 with forward secrecy, or newer, for the API's own URL and its custom domain. A regional API accepts TLS 1.0
 * by default.
 */
export const TLS_OPTIONS = {
  securityPolicy: SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09,
  endpointAccessMode: EndpointAccessMode.STRICT,
};

/** Makes the API reject older TLS versions at its own URL. */
export function requireTls(api: SpecRestApi): void {
  const resource = api.node.defaultChild;
  if (!(resource instanceof CfnRestApi))
    throw new Error(`${api.node.path} is not a REST API with a configurable TLS version.`);
  resource.securityPolicy = TLS_OPTIONS.securityPolicy;
  resource.endpointAccessMode = TLS_OPTIONS.endpointAccessMode;
}
