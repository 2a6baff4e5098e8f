import { EndpointType, type SpecRestApi } from 'aws-cdk-lib/aws-apigateway';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import { ARecord, PublicHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGateway } from 'aws-cdk-lib/aws-route53-targets';
import type { ApiDomain } from '../../config/stages.ts';
import { TLS_OPTIONS } from './require-tls.ts';

/**
 * Serves the API under a custom domain, with a certificate that renews itself. Returns its URL with a trailing slash.
 */
export function addCustomDomain(
  { name, zone: { id: hostedZoneId, name: zoneName } }: ApiDomain,
  api: SpecRestApi,
): string {
  const zone = PublicHostedZone.fromPublicHostedZoneAttributes(api, 'Zone', { hostedZoneId, zoneName });
  const certificate = new Certificate(api, 'Certificate', {
    domainName: name,
    validation: CertificateValidation.fromDns(zone),
  });
  api.addDomainName('Domain', { domainName: name, certificate, endpointType: EndpointType.REGIONAL, ...TLS_OPTIONS });
  new ARecord(api, 'Address', { zone, recordName: `${name}.`, target: RecordTarget.fromAlias(new ApiGateway(api)) });
  return `https://${name}/`;
}
