import { App, Stack, Validations } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { describe, expect, test } from 'vitest';
import { MEDBOOK_RULES } from '../../lib/nag/medbook-rules.ts';
import type { Properties, Template } from '../../lib/nag/rule-types.ts';
import { findViolations, MedBookValidationPlugin } from '../../lib/nag/validation-plugin.ts';

const KEY = { 'Fn::GetAtt': ['Key', 'Arn'] };
const ROLE = { 'Fn::GetAtt': ['Role', 'Arn'] };
const ROOT = { AWS: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::1:root']] } };
const createPolicy = (Action: unknown, Resource: unknown, rest: Properties = {}) => ({
  Statement: [{ Effect: 'Allow', Action, Resource, ...rest }],
});
const ALL_VERSIONS = { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Function', 'Arn'] }, ':*']] };
const ALL_QUEUES = { 'Fn::Join': ['', ['arn:aws:sqs:', { Ref: 'AWS::Region' }, ':1:*']] };

const PROXY = { 'x-amazon-apigateway-integration': { type: 'aws_proxy' } };
const MOCK = { 'x-amazon-apigateway-integration': { type: 'mock' } };
const withSecurity = (...security: object[]) => ({ ...PROXY, security });

/** Creates the document of an API with one path of the contract; `operations` replace or add methods. */
const createApiDocument = (operations: object = {}) => ({
  paths: {
    '/clinics': {
      get: PROXY,
      head: PROXY,
      post: withSecurity({ Token: ['aws.cognito.signin.user.admin'] }),
      options: MOCK,
      'x-amazon-apigateway-any-method': MOCK,
      ...operations,
    },
  },
  components: {
    securitySchemes: {
      Token: { 'x-amazon-apigateway-authtype': 'cognito_user_pools' },
      Key: { type: 'apiKey', name: 'X-Api-Key' },
    },
  },
});

/** A compliant resource of each type that a rule checks. */
const COMPLIANT_RESOURCES: Template['Resources'] = {
  Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: createPolicy('kms:*', '*', { Principal: ROOT }) } },
  Cache: {
    Type: 'AWS::ElastiCache::ReplicationGroup',
    Properties: {
      TransitEncryptionEnabled: true,
      AtRestEncryptionEnabled: true,
      KmsKeyId: KEY,
      UserGroupIds: [{ Ref: 'Users' }],
    },
  },
  Serverless: {
    Type: 'AWS::ElastiCache::ServerlessCache',
    Properties: { KmsKeyId: KEY, UserGroupId: { Ref: 'Users' } },
  },
  User: { Type: 'AWS::ElastiCache::User', Properties: { AuthenticationMode: { Type: 'iam' } } },
  Proxy: { Type: 'AWS::RDS::DBProxy', Properties: { RequireTLS: true, DefaultAuthScheme: 'IAM_AUTH' } },
  Stage: {
    Type: 'AWS::ApiGateway::Stage',
    Properties: { MethodSettings: [{ DataTraceEnabled: false }, { LoggingLevel: 'ERROR' }] },
  },
  Deployment: { Type: 'AWS::ApiGateway::Deployment' },
  Logs: { Type: 'AWS::Logs::LogGroup', Properties: { KmsKeyId: KEY, RetentionInDays: 7 } },
  Queue: { Type: 'AWS::SQS::Queue', Properties: { KmsMasterKeyId: KEY, MessageRetentionPeriod: 60 } },
  Role: { Type: 'AWS::IAM::Role' },
  Function: { Type: 'AWS::Lambda::Function', Properties: { Role: ROLE, LoggingConfig: { LogGroup: { Ref: 'Logs' } } } },
  Policy: {
    Type: 'AWS::IAM::Policy',
    Properties: { PolicyDocument: createPolicy('lambda:InvokeFunction', ALL_VERSIONS) },
  },
  Firewall: { Type: 'AWS::WAFv2::WebACL', Properties: { Rules: [{ Statement: { Limit: 1 }, Action: { Block: {} } }] } },
  Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Body: createApiDocument() } },
  Group: { Type: 'AWS::EC2::SecurityGroup', Properties: { SecurityGroupIngress: [{ CidrIp: '10.0.0.0/16' }] } },
  Ingress: { Type: 'AWS::EC2::SecurityGroupIngress', Properties: { SourceSecurityGroupId: 'sg-1' } },
};

/** Violations: the rule, the issue, the resource and the change that causes the violation. */
const VIOLATIONS: readonly (readonly [rule: string, issue: string, id: string, change: Properties])[] = [
  ['CacheIsClosed', 'TransitEncryptionEnabled', 'Cache', { TransitEncryptionEnabled: undefined }],
  ['CacheIsClosed', 'TransitEncryptionMode', 'Cache', { TransitEncryptionMode: 'preferred' }],
  ['CacheIsClosed', 'AtRestEncryptionEnabled', 'Cache', { AtRestEncryptionEnabled: false }],
  ['CacheIsClosed', 'KmsKeyId', 'Cache', { KmsKeyId: undefined }],
  ['CacheIsClosed', 'UserGroupIds', 'Cache', { UserGroupIds: undefined }],
  ['CacheIsClosed', 'AuthToken', 'Cache', { AuthToken: 'secret' }],
  ['CacheIsClosed', 'UserGroupId', 'Serverless', { UserGroupId: undefined }],
  ['CacheIsClosed', 'AuthenticationMode.Type', 'User', { AuthenticationMode: { Type: 'password' } }],
  ['CacheIsClosed', 'NoPasswordRequired', 'User', { NoPasswordRequired: true }],
  ['ProxyIsClosed', 'RequireTLS', 'Proxy', { RequireTLS: false }],
  ['ProxyIsClosed', 'DefaultAuthScheme', 'Proxy', { DefaultAuthScheme: undefined }],
  ['ProxyIsClosed', 'Auth', 'Proxy', { Auth: [{ AuthScheme: 'SECRETS' }] }],
  ['NoDataTrace', 'MethodSettings.0.DataTraceEnabled', 'Stage', { MethodSettings: [{ DataTraceEnabled: true }] }],
  ['NoDataTrace', 'StageDescription.DataTraceEnabled', 'Deployment', { StageDescription: { DataTraceEnabled: true } }],
  ['LogsAreKept', 'KmsKeyId', 'Logs', { KmsKeyId: undefined }],
  ['LogsAreKept', 'RetentionInDays', 'Logs', { RetentionInDays: undefined }],
  ['LogsAreKept', 'LoggingConfig', 'Function', { LoggingConfig: undefined }],
  ['QueuesAreKept', 'KmsMasterKeyId', 'Queue', { KmsMasterKeyId: undefined, SqsManagedSseEnabled: true }],
  ['QueuesAreKept', 'KmsMasterKeyId', 'Queue', { KmsMasterKeyId: 'alias/aws/sqs' }],
  ['QueuesAreKept', 'MessageRetentionPeriod', 'Queue', { MessageRetentionPeriod: undefined }],
  ['ActionsAreNamed', 's3:Get*', 'Policy', { PolicyDocument: createPolicy(['s3:Get*', 's3:PutObject'], ALL_VERSIONS) }],
  ['ActionsAreNamed', 'sqs:*', 'Queue', { Policies: [{ PolicyDocument: createPolicy('sqs:*', ALL_VERSIONS) }] }],
  ['ActionsAreNamed', 'kms:*', 'Key', { KeyPolicy: createPolicy('kms:*', '*', { Principal: { AWS: '*' } }) }],
  [
    'ActionsAreNamed',
    'all but iam:PassRole',
    'Policy',
    { PolicyDocument: createPolicy([], ALL_VERSIONS, { NotAction: 'iam:PassRole' }) },
  ],
  ['ResourcesAreNamed', 'sqs:SendMessage on *', 'Policy', { PolicyDocument: createPolicy('sqs:SendMessage', '*') }],
  [
    'ResourcesAreNamed',
    'sqs:SendMessage on arn:aws:sqs:<AWS::Region>:1:*',
    'Policy',
    { PolicyDocument: createPolicy('sqs:SendMessage', [ALL_VERSIONS, ALL_QUEUES]) },
  ],
  [
    'ResourcesAreNamed',
    'sns:Publish on {"Fn::Sub":"arn:aws:sns:*:1:alarms"}',
    'Policy',
    { PolicyDocument: createPolicy('sns:Publish', { 'Fn::Sub': 'arn:aws:sns:*:1:alarms' }) },
  ],
  [
    'ResourcesAreNamed',
    'ses:SendEmail on *',
    'Role',
    { Policies: [{ PolicyDocument: createPolicy('ses:SendEmail', '*') }] },
  ],
  ['PublicByContract', 'Body', 'Api', { Body: undefined }],
  ['PublicByContract', 'DELETE /clinics', 'Api', { Body: createApiDocument({ delete: { ...PROXY } }) }],
  ['PublicByContract', 'PUT /clinics', 'Api', { Body: createApiDocument({ put: {} }) }],
  ['PublicByContract', 'POST /clinics', 'Api', { Body: createApiDocument({ post: { ...PROXY, security: [] } }) }],
  ['PublicByContract', 'OPTIONS /clinics', 'Api', { Body: createApiDocument({ options: { ...PROXY } }) }],
  [
    'PublicByContract',
    'X-AMAZON-APIGATEWAY-ANY-METHOD /clinics',
    'Api',
    { Body: createApiDocument({ 'x-amazon-apigateway-any-method': { ...PROXY } }) },
  ],
  ['PrivateByScope', 'POST /clinics', 'Api', { Body: createApiDocument({ post: withSecurity({ Token: [] }) }) }],
  ['PrivateByScope', 'POST /clinics', 'Api', { Body: createApiDocument({ post: withSecurity({ Key: ['scope'] }) }) }],
  [
    'PrivateByScope',
    'POST /clinics',
    'Api',
    { Body: createApiDocument({ post: withSecurity({ Token: ['scope'] }, {}) }) },
  ],
  ['RolesAreOwn', 'Role.elsewhere', 'Function', { Role: 'arn:aws:iam::1:role/everybody' }],
  ['IngressIsNarrow', 'SecurityGroupIngress.0.CidrIp', 'Group', { SecurityGroupIngress: [{ CidrIp: '0.0.0.0/0' }] }],
  ['IngressIsNarrow', 'CidrIp', 'Ingress', { CidrIp: '0.0.0.0/0' }],
  ['IngressIsNarrow', 'CidrIpv6', 'Ingress', { CidrIpv6: '::/0' }],
];

/** Returns the violations in a template as `rule[issue] at resource`. */
function listViolations(resources: Template['Resources']): string[] {
  return findViolations({ Resources: resources }).map(
    ({ rule, issue, logicalId }) => `${rule}[${issue}] at ${logicalId}`,
  );
}

describe('our own rules', () => {
  test('find no violations in a compliant template', () => {
    expect(listViolations(COMPLIANT_RESOURCES)).toEqual([]);
  });

  test.each(VIOLATIONS)('find a violation of %s: %s of %s', (rule, issue, id, change) => {
    const compliant = COMPLIANT_RESOURCES[id] ?? expect.fail(`COMPLIANT_RESOURCES has no ${id}.`);
    const broken = { ...compliant, Properties: { ...compliant.Properties, ...change } };
    expect(listViolations({ ...COMPLIANT_RESOURCES, [id]: broken })).toEqual([`${rule}[${issue}] at ${id}`]);
  });

  test('find a violation of RolesAreOwn: two functions with one role', () => {
    const another = COMPLIANT_RESOURCES.Function ?? expect.fail();
    expect(listViolations({ ...COMPLIANT_RESOURCES, Another: another })).toEqual([
      'RolesAreOwn[Role.shared] at Function',
      'RolesAreOwn[Role.shared] at Another',
    ]);
  });

  test('find a violation of CacheIsClosed: a cluster without a replication group', () => {
    const cluster = { Type: 'AWS::ElastiCache::CacheCluster' };
    expect(listViolations({ ...COMPLIANT_RESOURCES, Cluster: cluster })).toEqual([
      'CacheIsClosed[ReplicationGroup] at Cluster',
    ]);
  });

  test('find a violation of PublicByContract: a method beside the document', () => {
    const method = { Type: 'AWS::ApiGateway::Method', Properties: { AuthorizationType: 'COGNITO_USER_POOLS' } };
    expect(listViolations({ ...COMPLIANT_RESOURCES, Method: method })).toEqual(['PublicByContract[Method] at Method']);
  });

  test('have at least one example each in the list of violations', () => {
    expect(new Set(VIOLATIONS.map(([rule]) => rule))).toEqual(new Set(Object.keys(MEDBOOK_RULES)));
  });

  test('refuse a violation with the description of the rule until it is acknowledged', () => {
    const app = new App();
    Validations.of(app).addPlugins(new MedBookValidationPlugin());
    const logs = new LogGroup(new Stack(app, 'Stack'), 'Logs');
    expect(() => app.synth()).toThrow(/Logs are encrypted with a key of ours.*'MedBook::LogsAreKept\[KmsKeyId\]'/s);
    Validations.of(logs).acknowledge({ id: 'MedBook::LogsAreKept[KmsKeyId]', reason: 'It is a test.' });
    expect(() => app.synth({ force: true })).not.toThrow();
  });

  test('refuse other violations of an acknowledged resource', () => {
    const app = new App();
    Validations.of(app).addPlugins(new MedBookValidationPlugin());
    const key = new Key(new Stack(app, 'Stack'), 'Key');
    key.grant(new ServicePrincipal('sns.amazonaws.com'), 'kms:Encrypt*', 'kms:Decrypt*');
    Validations.of(key).acknowledge({ id: 'MedBook::ActionsAreNamed[kms:Encrypt*]', reason: 'It is a test.' });
    expect(() => app.synth()).toThrow(/ActionsAreNamed\[kms:Decrypt\*\]/);
  });
});
