import * as z from 'zod';
import { createDeployment, type Deployment } from '../aws/templates/deployment.ts';
import { getQueueRefs } from '../aws/templates/queues.ts';
import { type Resource, readTemplates } from '../aws/templates/templates.ts';
import type { PasswordPolicy } from '../cognito/password-policy.ts';
import type { CacheUser } from '../redis/create-cache-users.ts';
import { getQueueUrl } from '../sqs/sqs.ts';

interface LocalServices {
  readonly region: string;
  readonly userPoolId: string;
  readonly clientId: string;
  readonly databasePort: number;
  /** Undefined when Redis is not available. */
  readonly redisUrl: string | undefined;
  readonly sqsEndpoint: string;
}

/** Reads the synthesized templates in `folder` and resolves their references to the local services. */
export function createLocalDeployment(folder: string, services: LocalServices): Deployment {
  const { region, userPoolId, clientId, databasePort, redisUrl, sqsEndpoint } = services;
  const templates = readTemplates(folder);
  const redis = new URL(redisUrl ?? UNREACHABLE_REDIS_URL);
  return createDeployment(templates, {
    region,
    values: {
      ...getQueueRefs(templates, (name) => getQueueUrl(sqsEndpoint, name)),
      'AWS::Cognito::UserPool.Ref': userPoolId,
      'AWS::Cognito::UserPool.Arn': `arn:aws:cognito-idp:${region}:000000000000:userpool/${userPoolId}`,
      'AWS::Cognito::UserPoolClient.Ref': clientId,
      'AWS::RDS::DBProxy.Endpoint': 'localhost',
      'AWS::RDS::DBCluster.Endpoint.Port': String(databasePort),
      'AWS::ElastiCache::ReplicationGroup.Ref': 'local-cache',
      'AWS::ElastiCache::ReplicationGroup.PrimaryEndPoint.Address': redis.hostname,
      'AWS::ElastiCache::ReplicationGroup.PrimaryEndPoint.Port': redis.port || '6379',
    },
  });
}

/** No process listens on port 1, so connections are refused at once, as with an unavailable cache. */
const UNREACHABLE_REDIS_URL = 'rediss://127.0.0.1:1';

/** Returns the cache users that the templates define. */
export function readCacheUsers(deployment: Deployment): readonly CacheUser[] {
  const schema = z.object({ UserName: z.string(), AccessString: z.string() });
  return deployment.templates.getResources('AWS::ElastiCache::User').map((user) => deployment.read(user, schema));
}

/** Returns the password policy that the template defines. */
export function readPasswordPolicy(deployment: Deployment): PasswordPolicy {
  const passwordPolicy = z.object({
    MinimumLength: z.number(),
    RequireLowercase: z.boolean().optional(),
    RequireUppercase: z.boolean().optional(),
    RequireNumbers: z.boolean().optional(),
    RequireSymbols: z.boolean().optional(),
  });
  const schema = z.object({ Policies: z.object({ PasswordPolicy: passwordPolicy }) });
  return deployment.read(getUserPool(deployment), schema).Policies.PasswordPolicy;
}

/** Returns the ARN of the function that the user pool calls after a confirmation. */
export function readPostConfirmationFunction(deployment: Deployment): string {
  const schema = z.object({ LambdaConfig: z.object({ PostConfirmation: z.string() }) });
  return deployment.read(getUserPool(deployment), schema).LambdaConfig.PostConfirmation;
}

function getUserPool(deployment: Deployment): Resource {
  const [pool, ...others] = deployment.templates.getResources('AWS::Cognito::UserPool');
  if (!pool || others.length > 0) throw new Error('The templates must have exactly one user pool.');
  return pool;
}
