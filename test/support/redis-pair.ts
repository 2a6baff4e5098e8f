import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { startTestRedis, type TestRedis } from './redis.ts';
import { type Switchboard, switchboard } from './switchboard.ts';

/** A server of a replication group of two. */
export interface PairedRedis extends TestRedis {
  readonly operator: Redis;
  /** What it hears of the other one goes here. */
  readonly link: Switchboard;
  /** Begins to follow the other one. Until it hears of it, it has what it had. */
  follow(): Promise<void>;
  promote(): Promise<void>;
  /** As when its host is lost. */
  kill(): Promise<void>;
}

/** Starts two servers, of which the second follows the first. Undefined where there is no Redis. */
export async function startRedisPair(): Promise<readonly [PairedRedis, PairedRedis] | undefined> {
  const one = await startTestRedis();
  const other = one && (await startTestRedis());
  if (!one || !other) return undefined;
  const pair = [await paired(one, other), await paired(other, one)] as const;
  await pair[1].follow();
  await expect.poll(() => pair[1].operator.info('replication'), { timeout: 10_000 }).toContain('master_link_status:up');
  return pair;
}

async function paired(redis: TestRedis, other: TestRedis): Promise<PairedRedis> {
  const operator = await redis.operate();
  const link = await switchboard(other.port);
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
    link,
    follow: async () => void (await operator.replicaof('127.0.0.1', link.port)),
    promote: async () => void (await operator.replicaof('NO', 'ONE')),
    kill: async () => {
      const pid = Number(/process_id:(\d+)/.exec(await operator.info('server'))?.[1]);
      const ended = new Promise((done) => operator.once('close', done));
      process.kill(pid, 'SIGKILL');
      await ended;
    },
    stop: async () => {
      operator.disconnect();
      await link.stop();
      await redis.stop();
    },
  };
}
