import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../proxy/tcp-proxy.ts';
import { startTestRedis, type TestRedis } from './test-redis.ts';

/** One server of a replication group of two. */
export interface PairedRedis extends TestRedis {
  readonly operator: Redis;
  /** The proxy through which this server replicates from the other one. */
  readonly replicationLink: TcpProxy;
  /** Starts to replicate from the other server. Until the first sync, this server keeps its data. */
  replicateFromOther(): Promise<void>;
  promote(): Promise<void>;
  /** Kills the server, as when its host is lost. */
  kill(): Promise<void>;
}

/** Starts two servers; the second replicates from the first. Returns undefined if Redis is not installed. */
export async function startRedisPair(): Promise<readonly [PairedRedis, PairedRedis] | undefined> {
  const first = await startTestRedis();
  const second = first && (await startTestRedis());
  if (!first || !second) return undefined;
  const pair = [await createPairedRedis(first, second), await createPairedRedis(second, first)] as const;
  await pair[1].replicateFromOther();
  await expect.poll(() => pair[1].operator.info('replication'), { timeout: 10_000 }).toContain('master_link_status:up');
  return pair;
}

async function createPairedRedis(redis: TestRedis, other: TestRedis): Promise<PairedRedis> {
  const operator = await redis.connectOperator();
  const replicationLink = await startTcpProxy({ port: other.port });
  // The server is killed while this connection is open.
  operator.on('error', () => undefined);
  await operator.config(
    'SET',
    'tls-replication',
    'yes',
    'tls-ca-cert-file',
    other.caPath,
    'repl-diskless-sync-delay',
    '0',
  );
  return {
    ...redis,
    operator,
    replicationLink,
    replicateFromOther: async () => void (await operator.replicaof('127.0.0.1', replicationLink.port)),
    promote: async () => void (await operator.replicaof('NO', 'ONE')),
    kill: async () => {
      const pid = Number(/process_id:(\d+)/.exec(await operator.info('server'))?.[1]);
      const closed = new Promise((done) => operator.once('close', done));
      process.kill(pid, 'SIGKILL');
      await closed;
    },
    stop: async () => {
      operator.disconnect();
      await replicationLink.stop();
      await redis.stop();
    },
  };
}
