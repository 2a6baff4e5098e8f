import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Redis } from 'ioredis';
import type { CacheAddress } from '../../../lambdas/shared/cache.ts';
import { CacheUsers } from '../../../lib/constructs/cache/cache-users.ts';
import { type CacheUser, createCacheUsers } from '../../../local/redis/create-cache-users.ts';
import { startRedis } from '../../../local/redis/redis.ts';
import { CACHE_FOLDER } from '../../../local/system/local-state.ts';
import { ensureLocalCertificate } from '../../../local/tls/local-certificate.ts';
import { reportMissingRedis } from './report-missing-redis.ts';

process.env.AWS_REGION ??= 'us-east-1';
process.env.AWS_ACCESS_KEY_ID ??= 'test';
process.env.AWS_SECRET_ACCESS_KEY ??= 'test';

/** A Redis server with the users of the CDK template and their permissions. */
export interface TestRedis {
  readonly port: number;
  /** The path of the server's certificate, for other processes. */
  readonly caPath: string;
  /** The address that functions connect to. */
  readonly address: CacheAddress;
  /** Connects as the operator, who has all permissions. The caller disconnects. */
  connectOperator(): Promise<Redis>;
  stop(): Promise<void>;
}

/** Starts a Redis for a test file. Returns undefined if Redis is not installed (an error in CI), because MedBook works without it. */
export async function startTestRedis(): Promise<TestRedis | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'medbook-redis-'));
  const tls = await ensureLocalCertificate(directory);
  // Trusts the server's certificate, as NODE_EXTRA_CA_CERTS does for the deployed functions.
  setDefaultCACertificates([...getCACertificates('default'), tls.cert]);
  const redis = await startRedis({ directory, cacheDirectory: join(CACHE_FOLDER, 'redis'), tls });
  const stop = async () => {
    await redis.stop();
    await rm(directory, { recursive: true });
  };
  if (redis.url === undefined) {
    await stop();
    reportMissingRedis(redis.reason);
    return undefined;
  }
  const users = listCacheUsers();
  await createCacheUsers(redis.url, tls.cert, users);
  const { hostname, port } = new URL(redis.url);
  const CACHE_USER = users[0]?.UserName ?? '';
  const address = { CACHE_HOST: hostname, CACHE_PORT: Number(port), CACHE_NAME: 'test', CACHE_USER };
  const connectOperator = async () => {
    const operator = new Redis({ host: hostname, port: Number(port), tls: {}, lazyConnect: true });
    await operator.connect();
    return operator;
  };
  return { port: Number(port), caPath: tls.certPath, address, connectOperator, stop };
}

function listCacheUsers(): CacheUser[] {
  const stack = new Stack(new App(), 'Users');
  new CacheUsers(stack, 'Users', { stage: 'dev' });
  const users = Template.fromStack(stack).findResources('AWS::ElastiCache::User');
  return Object.values(users).map(({ Properties }) => Properties);
}
