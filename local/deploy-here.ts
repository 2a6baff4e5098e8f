import * as z from 'zod';
import type { PasswordPolicy } from './cognito/password-policy.ts';
import { type Deployment, deployLocally } from './gateway/deployment.ts';
import { queueRefs } from './gateway/queues.ts';
import { type Resource, readTemplates } from './gateway/templates.ts';
import type { CacheUser } from './redis/admit-users.ts';
import { queueUrl } from './sqs.ts';

interface Here {
  readonly region: string;
  readonly userPoolId: string;
  readonly clientId: string;
  readonly databasePort: number;
  /** Undefined when there is none. */
  readonly redisUrl: string | undefined;
  readonly sqsEndpoint: string;
}

/** The synthesized templates in `folder`, with everything that they refer to being on this machine. */
export function deployHere(folder: string, here: Here): Deployment {
  const { region, userPoolId, clientId, databasePort, redisUrl, sqsEndpoint } = here;
  const templates = readTemplates(folder);
  const redis = new URL(redisUrl ?? NO_REDIS);
  return deployLocally(templates, {
    region,
    values: {
      ...queueRefs(templates, (name) => queueUrl(sqsEndpoint, name)),
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

/** Nobody listens on port 1, so the functions are refused at once, as by a cache that is away. */
const NO_REDIS = 'rediss://127.0.0.1:1';

/** The users of the cache, as the templates have them. */
export function cacheUsersOf(deployment: Deployment): readonly CacheUser[] {
  const schema = z.object({ UserName: z.string(), AccessString: z.string() });
  return deployment.templates.resources('AWS::ElastiCache::User').map((user) => deployment.read(user, schema));
}

/** The rules for passwords, as the template has them. */
export function passwordPolicyOf(deployment: Deployment): PasswordPolicy {
  const passwordPolicy = z.object({
    MinimumLength: z.number(),
    RequireLowercase: z.boolean().optional(),
    RequireUppercase: z.boolean().optional(),
    RequireNumbers: z.boolean().optional(),
    RequireSymbols: z.boolean().optional(),
  });
  const schema = z.object({ Policies: z.object({ PasswordPolicy: passwordPolicy }) });
  return deployment.read(userPoolOf(deployment), schema).Policies.PasswordPolicy;
}

/** The function that the user pool calls after a confirmation. */
export function postConfirmationOf(deployment: Deployment): string {
  const schema = z.object({ LambdaConfig: z.object({ PostConfirmation: z.string() }) });
  return deployment.read(userPoolOf(deployment), schema).LambdaConfig.PostConfirmation;
}

function userPoolOf(deployment: Deployment): Resource {
  const [pool, ...others] = deployment.templates.resources('AWS::Cognito::UserPool');
  if (!pool || others.length > 0) throw new Error('The templates must have exactly one user pool.');
  return pool;
}
