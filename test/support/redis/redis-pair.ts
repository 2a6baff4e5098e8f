import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { type SwitchableProxy, startSwitchableProxy } from '../proxy/switchable-proxy.ts';
import { startTestRedis, type TestRedis } from './test-redis.ts';

/** A server of a replication group of two. */
export interface PairedRedis extends TestRedis {
  readonly operator: Redis;
  /** What it hears of the other one goes here. */
  readonly replicationLink: SwitchableProxy;
  /** Begins to follow the other one. Until it hears of it, it has what it had. */
  replicateFromOther(): Promise<void>;
  promote(): Promise<void>;
  /** As when its host is lost. */
  kill(): Promise<void>;
}

/** Starts two servers, of which the second follows the first. Undefined where there is no Redis. */
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
  const replicationLink = await startSwitchableProxy(other.port);
  // It is killed in the middle of a conversation.
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
