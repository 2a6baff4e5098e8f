import { GROUPS_BY_POOL, type Pool } from '@medbook/contract/access';
import * as z from 'zod';
import { createDeployment, type Deployment } from '../aws/templates/deployment.ts';
import { getQueueRefs } from '../aws/templates/queues.ts';
import { type Resource, readTemplates, type Templates } from '../aws/templates/templates.ts';
import type { UserPoolIds } from '../cognito/cognito-pools.ts';
import type { PasswordPolicy } from '../cognito/password-policy.ts';
import type { CacheUser } from '../redis/create-cache-users.ts';
import { getQueueUrl } from '../sqs/sqs.ts';

interface LocalServices {
  readonly region: string;
  readonly pools: Readonly<Record<Pool, UserPoolIds>>;
  readonly databasePort: number;
  /** Undefined when Redis is not available. */
  readonly redisUrl: string | undefined;
  readonly sqsEndpoint: string;
}

/** Reads the synthesized templates in `folder` and resolves their references to the local services. */
export function createLocalDeployment(folder: string, services: LocalServices): Deployment {
  const { region, pools, databasePort, redisUrl, sqsEndpoint } = services;
  const templates = readTemplates(folder);
  const redis = new URL(redisUrl ?? UNREACHABLE_REDIS_URL);
  return createDeployment(templates, {
    region,
    values: {
      ...getQueueRefs(templates, (name) => getQueueUrl(sqsEndpoint, name)),
      ...getUserPoolValues(templates, 'patients', pools.patients, region),
      ...getUserPoolValues(templates, 'staff', pools.staff, region),
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

function getUserPoolValues(templates: Templates, pool: Pool, { userPoolId, clientId }: UserPoolIds, region: string) {
  const { logicalId } = findUserPool(templates, pool);
  const client = templates
    .getResources('AWS::Cognito::UserPoolClient')
    .find(({ properties }) => isRefTo(logicalId, properties.UserPoolId));
  if (!client) throw new Error(`The template of the user pool ${logicalId} must have a client.`);
  return {
    [`${logicalId}.Ref`]: userPoolId,
    [`${logicalId}.Arn`]: `arn:aws:cognito-idp:${region}:000000000000:userpool/${userPoolId}`,
    [`${client.logicalId}.Ref`]: clientId,
  };
}

/** Returns the user pool that has the groups of `pool`. */
function findUserPool(templates: Templates, pool: Pool): Resource {
  const group = templates
    .getResources('AWS::Cognito::UserPoolGroup')
    .find(({ properties }) => properties.GroupName === GROUPS_BY_POOL[pool][0]);
  const userPool = templates
    .getResources('AWS::Cognito::UserPool')
    .find(({ logicalId }) => isRefTo(logicalId, group?.properties.UserPoolId));
  if (!userPool) throw new Error(`The templates must have a user pool with the group ${GROUPS_BY_POOL[pool][0]}.`);
  return userPool;
}

const isRefTo = (logicalId: string, value: unknown) => z.object({ Ref: z.literal(logicalId) }).safeParse(value).success;

/** Returns the password policy of both pools, which differ only in the password history. */
export function readPasswordPolicy(deployment: Deployment): PasswordPolicy {
  const passwordPolicy = z.object({
    MinimumLength: z.number(),
    RequireLowercase: z.boolean().optional(),
    RequireUppercase: z.boolean().optional(),
    RequireNumbers: z.boolean().optional(),
    RequireSymbols: z.boolean().optional(),
  });
  const schema = z.object({ Policies: z.object({ PasswordPolicy: passwordPolicy }) });
  return deployment.read(findUserPool(deployment.templates, 'patients'), schema).Policies.PasswordPolicy;
}

/** Returns the ARN of the function that the pool of patients calls after a confirmation. */
export function readPostConfirmationFunction(deployment: Deployment): string {
  const schema = z.object({ LambdaConfig: z.object({ PostConfirmation: z.string() }) });
  return deployment.read(findUserPool(deployment.templates, 'patients'), schema).LambdaConfig.PostConfirmation;
}
