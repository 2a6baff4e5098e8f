import * as z from 'zod';
import { checkPublicByContract, checkScopes } from './api-document-checks.ts';
import { checkOwnRole } from './check-own-role.ts';
import { matchesShape, type Rule } from './rule-types.ts';
import { findActionWildcards, findResourceWildcards } from './wildcard-checks.ts';

const reference = z.looseObject({});
const nonEmptyText = z.string().min(1).or(reference);
/** An ARN or a reference: keys that AWS manages are named by an alias, such as `alias/aws/sqs`. */
const ownKeyArn = z.string().startsWith('arn:').or(reference);
const nonEmptyList = z.array(nonEmptyText).min(1);
const absent = z.undefined().optional();
const dataTraceOff = z.literal(false).optional();
const methodSettings = z.array(z.looseObject({ DataTraceEnabled: dataTraceOff })).optional();
const narrowRange = z
  .string()
  .refine((range) => !range.endsWith('/0'))
  .or(reference)
  .optional();
const ingressSource = z.looseObject({ CidrIp: narrowRange, CidrIpv6: narrowRange });

/** Our own rules, in addition to the packs of cdk-nag. */
export const MEDBOOK_RULES: Readonly<Record<string, Rule>> = {
  CacheIsClosed: {
    description: 'A cache accepts only TLS, is encrypted with a key of ours, and its users sign in with IAM.',
    checks: {
      'AWS::ElastiCache::ReplicationGroup': matchesShape(
        z.looseObject({
          TransitEncryptionEnabled: z.literal(true),
          // The other mode, `preferred`, also accepts connections without TLS.
          TransitEncryptionMode: z.literal('required').optional(),
          AtRestEncryptionEnabled: z.literal(true),
          KmsKeyId: ownKeyArn,
          UserGroupIds: nonEmptyList,
          AuthToken: absent,
        }),
      ),
      'AWS::ElastiCache::ServerlessCache': matchesShape(
        z.looseObject({ KmsKeyId: ownKeyArn, UserGroupId: nonEmptyText }),
      ),
      'AWS::ElastiCache::User': matchesShape(
        z.looseObject({
          AuthenticationMode: z.looseObject({ Type: z.literal('iam') }),
          Passwords: absent,
          NoPasswordRequired: z.literal(false).optional(),
        }),
      ),
      // A standalone cluster has neither users nor a key.
      'AWS::ElastiCache::CacheCluster': () => ['ReplicationGroup'],
    },
  },
  ProxyIsClosed: {
    description:
      'A database proxy accepts only TLS, and uses IAM instead of passwords for clients and for the database.',
    checks: {
      'AWS::RDS::DBProxy': matchesShape(
        z.looseObject({ RequireTLS: z.literal(true), DefaultAuthScheme: z.literal('IAM_AUTH'), Auth: absent }),
      ),
    },
  },
  NoDataTrace: {
    description: 'API Gateway does not log the content of requests and responses: it is personal data.',
    checks: {
      'AWS::ApiGateway::Stage': matchesShape(z.looseObject({ MethodSettings: methodSettings })),
      'AWS::ApiGateway::Deployment': matchesShape(
        z.looseObject({
          StageDescription: z
            .looseObject({ DataTraceEnabled: dataTraceOff, MethodSettings: methodSettings })
            .optional(),
        }),
      ),
    },
  },
  LogsAreKept: {
    description:
      'Logs are encrypted with a key of ours and have a retention time. A function without a log group gets one that has neither.',
    checks: {
      'AWS::Logs::LogGroup': matchesShape(z.looseObject({ KmsKeyId: ownKeyArn, RetentionInDays: z.number() })),
      'AWS::Lambda::Function': matchesShape(
        z.looseObject({ LoggingConfig: z.looseObject({ LogGroup: nonEmptyText }) }),
      ),
    },
  },
  QueuesAreKept: {
    description: 'A queue is encrypted with a key of ours and has an explicit retention period.',
    checks: {
      'AWS::SQS::Queue': matchesShape(z.looseObject({ KmsMasterKeyId: ownKeyArn, MessageRetentionPeriod: z.number() })),
    },
  },
  ActionsAreNamed: {
    description: 'A policy names each action that it allows: a wildcard would also allow actions that AWS adds later.',
    checks: { everything: findActionWildcards },
  },
  ResourcesAreNamed: {
    description:
      'A role names the resources that it may act on. A wildcard is allowed only after the ARN of a resource of ours.',
    checks: { everything: findResourceWildcards },
  },
  PublicByContract: {
    description: 'Only routes that are public in the contract can be called without a token.',
    checks: {
      'AWS::ApiGateway::RestApi': checkPublicByContract,
      // The checks read the document alone.
      'AWS::ApiGateway::Method': () => ['Method'],
    },
  },
  PrivateByScope: {
    description:
      'A route that is not public names the authorizer with scopes: without them API Gateway accepts ID tokens and rejects access tokens.',
    checks: { 'AWS::ApiGateway::RestApi': checkScopes },
  },
  RolesAreOwn: {
    description: 'Each function has its own role, defined in its stack: functions share no permissions.',
    checks: { 'AWS::Lambda::Function': checkOwnRole },
  },
  IngressIsNarrow: {
    description: 'No security group allows inbound traffic from the whole internet.',
    checks: {
      'AWS::EC2::SecurityGroup': matchesShape(
        z.looseObject({ SecurityGroupIngress: z.array(ingressSource).optional() }),
      ),
      'AWS::EC2::SecurityGroupIngress': matchesShape(ingressSource),
    },
  },
};
