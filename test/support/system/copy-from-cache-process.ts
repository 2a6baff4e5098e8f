import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyFromCache } from '../../../local/aws/templates/copy-from-cache.ts';

// A process of copy-from-cache.test.ts, with the target and the cache folder as its arguments.
const [target = '', cacheFolder = ''] = process.argv.slice(2);
await copyFromCache(target, {
  cacheFolder,
  getFingerprint: async () => 'A',
  create: async (output) => {
    process.send?.('creating');
    await once(process, 'message');
    await writeFile(join(output, 'result'), 'A');
  },
});
process.disconnect();
