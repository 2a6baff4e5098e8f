import { connectCache } from '../../../lambdas/shared/cache.ts';
import { createRateLimitMiddleware } from '../../../lambdas/shared/http/rate-limit-middleware.ts';
import { callHandler, createRateLimitedHandler } from './rate-limited-handler.ts';

// A function instance in a separate process: sends `times` requests concurrently from one address and prints the count of each status.
process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';
const { cache: address, sourceIp, times } = JSON.parse(process.argv[2] ?? '');
const cache = connectCache(address, { timeoutMilliseconds: 10_000 });
const handler = createRateLimitedHandler(createRateLimitMiddleware({ cache, requests: 100 }));
// All processes wait for the start signal, because they must send their requests at the same time.
await cache.use((client) => client.ping());
process.stdout.write('ready\n');
process.stdin.once('data', async () => {
  const responses = await Promise.all(Array.from({ length: times }, () => callHandler(handler, { sourceIp })));
  const counts = Object.groupBy(responses, ({ status }) => String(status));
  process.stdout.write(JSON.stringify(Object.fromEntries(Object.entries(counts).map(([k, v]) => [k, v?.length]))));
  process.exit(0);
});
