import { connectCache } from '../../../lambdas/shared/cache.ts';
import { createRateLimitMiddleware } from '../../../lambdas/shared/http/rate-limit-middleware.ts';
import { callHandler, createRateLimitedHandler } from './rate-limited-handler.ts';

// A function instance in a process of its own: asks so many times at once, as one address, and prints how often each status came.
process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';
const { cache: address, sourceIp, times } = JSON.parse(process.argv[2] ?? '');
const cache = connectCache(address, { timeoutMilliseconds: 10_000 });
const handler = createRateLimitedHandler(createRateLimitMiddleware({ cache, requests: 100 }));
// So that all processes ask at once, and not each when it is there.
await cache.use((client) => client.ping());
process.stdout.write('ready\n');
process.stdin.once('data', async () => {
  const responses = await Promise.all(Array.from({ length: times }, () => callHandler(handler, { sourceIp })));
  const counts = Object.groupBy(responses, ({ status }) => String(status));
  process.stdout.write(JSON.stringify(Object.fromEntries(Object.entries(counts).map(([k, v]) => [k, v?.length]))));
  process.exit(0);
});
