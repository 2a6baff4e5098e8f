import * as z from 'zod';
import { hasScopes, isPublicByContract } from './methods.ts';
import { hasOwnRole } from './own-role.ts';
import { fits, type Rule } from './rule.ts';
import { namesActions, namesResources } from './wildcards.ts';

const reference = z.looseObject({});
const given = z.string().min(1).or(reference);
/** By its ARN, so that no key of AWS is meant: those go by aliases, such as `alias/aws/sqs`. */
const ourKey = z.string().startsWith('arn:').or(reference);
const many = z.array(given).min(1);
const absent = z.undefined().optional();
const notTraced = z.literal(false).optional();
const settings = z.array(z.looseObject({ DataTraceEnabled: notTraced })).optional();
const some = z
  .string()
  .refine((range) => !range.endsWith('/0'))
  .or(reference)
  .optional();
const source = z.looseObject({ CidrIp: some, CidrIpv6: some });

/** What must hold beside what the packs of cdk-nag know. */
export const RULES: Readonly<Record<string, Rule>> = {
  CacheIsClosed: {
    says: 'A cache takes TLS only, is encrypted with a key of ours, and lets in only who signs in with IAM.',
    on: {
      'AWS::ElastiCache::ReplicationGroup': fits(
        z.looseObject({
          TransitEncryptionEnabled: z.literal(true),
          // The other mode, `preferred`, takes connections without TLS as well.
          TransitEncryptionMode: z.literal('required').optional(),
          AtRestEncryptionEnabled: z.literal(true),
          KmsKeyId: ourKey,
          UserGroupIds: many,
          AuthToken: absent,
        }),
      ),
      'AWS::ElastiCache::ServerlessCache': fits(z.looseObject({ KmsKeyId: ourKey, UserGroupId: given })),
      'AWS::ElastiCache::User': fits(
        z.looseObject({
          AuthenticationMode: z.looseObject({ Type: z.literal('iam') }),
          Passwords: absent,
          NoPasswordRequired: z.literal(false).optional(),
        }),
      ),
      // A cluster by itself has neither users nor a key.
      'AWS::ElastiCache::CacheCluster': () => ['ReplicationGroup'],
    },
  },
  ProxyIsClosed: {
    says: 'A proxy of a database takes TLS only, and on both of its sides IAM instead of passwords.',
    on: {
      'AWS::RDS::DBProxy': fits(
        z.looseObject({ RequireTLS: z.literal(true), DefaultAuthScheme: z.literal('IAM_AUTH'), Auth: absent }),
      ),
    },
  },
  NoDataTrace: {
    says: 'API Gateway does not log what is in requests and answers: it is about people.',
    on: {
      'AWS::ApiGateway::Stage': fits(z.looseObject({ MethodSettings: settings })),
      'AWS::ApiGateway::Deployment': fits(
        z.looseObject({
          StageDescription: z.looseObject({ DataTraceEnabled: notTraced, MethodSettings: settings }).optional(),
        }),
      ),
    },
  },
  LogsAreKept: {
    says: 'Logs are encrypted with a key of ours and kept for a set time. A function without a group gets one that has neither.',
    on: {
      'AWS::Logs::LogGroup': fits(z.looseObject({ KmsKeyId: ourKey, RetentionInDays: z.number() })),
      'AWS::Lambda::Function': fits(z.looseObject({ LoggingConfig: z.looseObject({ LogGroup: given }) })),
    },
  },
  QueuesAreKept: {
    says: 'A queue is encrypted with a key of ours, and says for how long it keeps a message.',
    on: { 'AWS::SQS::Queue': fits(z.looseObject({ KmsMasterKeyId: ourKey, MessageRetentionPeriod: z.number() })) },
  },
  ActionsAreNamed: {
    says: 'A policy names each action that it allows: a wildcard also allows what AWS adds later.',
    on: { everything: namesActions },
  },
  ResourcesAreNamed: {
    says: 'A role names what it may act on, or at most parts of a resource of ours.',
    on: { everything: namesResources },
  },
  PublicByContract: {
    says: 'Nobody may call a method without a token that its contract does not have as public.',
    on: { 'AWS::ApiGateway::Method': isPublicByContract },
  },
  PrivateByScope: {
    says: 'A method that is not public names scopes: without them API Gateway takes id tokens, and refuses access tokens.',
    on: { 'AWS::ApiGateway::Method': hasScopes },
  },
  RolesAreOwn: {
    says: 'A function has a role of its own, made in its stack: what one may do, no other may.',
    on: { 'AWS::Lambda::Function': hasOwnRole },
  },
  IngressIsNarrow: {
    says: 'No security group lets the whole internet in.',
    on: {
      'AWS::EC2::SecurityGroup': fits(z.looseObject({ SecurityGroupIngress: z.array(source).optional() })),
      'AWS::EC2::SecurityGroupIngress': fits(source),
    },
  },
};
