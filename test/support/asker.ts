import { connectCache } from '../../lambdas/shared/cache.ts';
import { limitRequests } from '../../lambdas/shared/http/rate-limit.ts';
import { ask, limitedBy } from './limited.ts';

// A function instance in a process of its own: asks so many times at once, as one address, and prints how often each status came.
process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';
const { cache: address, sourceIp, times } = JSON.parse(process.argv[2] ?? '');
const cache = connectCache(address, { patienceMilliseconds: 10_000 });
const handler = limitedBy(limitRequests({ cache, requests: 100 }));
// So that all processes ask at once, and not each when it is there.
await cache.use((client) => client.ping());
process.stdout.write('ready\n');
process.stdin.once('data', async () => {
  const answers = await Promise.all(Array.from({ length: times }, () => ask(handler, { sourceIp })));
  const counts = Object.groupBy(answers, ({ status }) => String(status));
  process.stdout.write(JSON.stringify(Object.fromEntries(Object.entries(counts).map(([k, v]) => [k, v?.length]))));
  process.exit(0);
});
