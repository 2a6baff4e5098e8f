/** What `npm run preflight` reads of the account as a whole: its limits and settings, and what the region offers. */
export const PREFLIGHT_ACCOUNT_ACTIONS = [
  'backup:DescribeRegionSettings',
  'ec2:DescribeAddresses',
  'ec2:DescribeAvailabilityZones',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcEndpointServices',
  'ec2:DescribeVpcs',
  'lambda:GetAccountSettings',
  'rds:DescribeDBEngineVersions',
  'rds:DescribeOrderableDBInstanceOptions',
  'servicequotas:GetAWSDefaultServiceQuota',
  'servicequotas:GetServiceQuota',
  'ses:GetAccount',
  'sns:GetSMSAttributes',
  'sns:GetSMSSandboxAccountStatus',
] as const;

/** What `npm run preflight` reads of single resources. */
const PREFLIGHT_RESOURCE_ACTIONS = ['apigateway:GET', 'ses:GetEmailIdentity', 'ssm:GetParameter'] as const;

/** An action that `npm run preflight` needs. All of them only read. */
export type PreflightAction = (typeof PREFLIGHT_ACCOUNT_ACTIONS)[number] | (typeof PREFLIGHT_RESOURCE_ACTIONS)[number];
