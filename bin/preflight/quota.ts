import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  NoSuchResourceException,
  type ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { readWith } from './permission.ts';

/** A quota of Service Quotas. */
export interface Quota {
  readonly service: string;
  readonly code: string;
  /** What is counted, in the plural. */
  readonly what: string;
}

export const LAMBDA_CONCURRENCY: Quota = { service: 'lambda', code: 'L-B99A9384', what: 'concurrent executions' };
export const NETWORKS: Quota = { service: 'vpc', code: 'L-F678F1CE', what: 'VPCs in the region' };
export const INTERFACE_ENDPOINTS: Quota = { service: 'vpc', code: 'L-29B6F2EB', what: 'interface endpoints in a VPC' };
export const API_REQUESTS: Quota = { service: 'apigateway', code: 'L-8A5B8E43', what: 'requests a second' };
export const ELASTIC_IPS: Quota = { service: 'ec2', code: 'L-0263D0A3', what: 'Elastic IPs in the region' };

/** Returns the account's value of a quota, or AWS's default if the account has none of its own. */
export async function readQuota(quotas: ServiceQuotasClient, { service, code }: Quota): Promise<number> {
  const id = { ServiceCode: service, QuotaCode: code };
  try {
    const { Quota } = await readWith('servicequotas:GetServiceQuota', quotas.send(new GetServiceQuotaCommand(id)));
    return Quota?.Value ?? 0;
  } catch (error) {
    if (!(error instanceof NoSuchResourceException)) throw error;
    const { Quota } = await readWith(
      'servicequotas:GetAWSDefaultServiceQuota',
      quotas.send(new GetAWSDefaultServiceQuotaCommand(id)),
    );
    return Quota?.Value ?? 0;
  }
}

/** Returns the command that requests a higher quota. */
export function requestQuota({ service, code }: Quota, value: number): string {
  return `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value ${value}`;
}
