import { DAYS_PER_MONTH, LOG_COMPRESSION } from './assumptions.ts';
import type { CostLine } from './cost-line.ts';
import { findResources, type Resource, readNumber } from './resources.ts';

/** Returns what it costs to write logs every month, and to store them for the stage's longest retention time. */
export function listLogCosts(resources: readonly Resource[], what: string, gigabytes: number): CostLine[] {
  const retentionDays = findResources(resources, 'AWS::Logs::LogGroup').map((group) =>
    readNumber(group, 'RetentionInDays'),
  );
  const months = Math.max(0, ...retentionDays) / DAYS_PER_MONTH;
  return [
    { what: `logs of ${what}`, price: 'logsWritten', quantity: gigabytes },
    { what: `stored logs of ${what}`, price: 'logsStored', quantity: gigabytes * months * LOG_COMPRESSION },
  ];
}
