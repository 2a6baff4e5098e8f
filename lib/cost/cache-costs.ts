import { HOURS_PER_MONTH } from './assumptions.ts';
import type { CostPart } from './cost-line.ts';
import { findPriceName } from './prices.ts';
import { findResources, readNumber, readText } from './resources.ts';

/** The nodes of ElastiCache. */
export const CACHE_COSTS: CostPart = {
  types: ['AWS::ElastiCache::ReplicationGroup'],
  listAtRest: (resources) =>
    findResources(resources, 'AWS::ElastiCache::ReplicationGroup').map((cache) => ({
      what: `ElastiCache, ${readText(cache, 'CacheNodeType')}`,
      price: findPriceName(readText(cache, 'CacheNodeType'), cache.path),
      quantity: readNumber(cache, 'NumCacheClusters') * HOURS_PER_MONTH,
    })),
};
