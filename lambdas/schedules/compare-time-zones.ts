import { tzOffset } from '@date-fns/tz';
import { log } from '../shared/log.ts';
import { recordMetric } from '../shared/metrics.ts';
import type { Db } from '../shared/sql.ts';
import { type OffsetPeriod, readTimeZoneOffsets } from './schedules.sql.ts';

/** The first hour at which PostgreSQL and Node.js have different offsets in a time zone. NaN: Node.js does not know the zone. */
export interface TimeZoneDifference {
  readonly timeZone: string;
  readonly hour: Date;
  readonly databaseMinutes: number;
  readonly functionMinutes: number;
}

/**
 * Compares the time-zone data of PostgreSQL, which plans the slots, with that of Node.js, which renders their times, up to the horizon
 * of all clinics. Logs each time zone that differs and records their number.
 */
export async function compareTimeZones(db: Db): Promise<void> {
  const differences = findTimeZoneDifferences(await readTimeZoneOffsets(db));
  for (const difference of differences) log('time_zone_data_differs', difference);
  recordMetric('TimeZonesDiffering', differences.length);
}

/** Returns the first difference of each time zone, from periods with PostgreSQL's offset, in order. Compares each hour. */
export function findTimeZoneDifferences(periods: readonly OffsetPeriod[]): TimeZoneDifference[] {
  const differences = new Map<string, TimeZoneDifference>();
  for (const period of periods) {
    if (differences.has(period.timeZone)) continue;
    const difference = findDifference(period);
    if (difference) differences.set(period.timeZone, difference);
  }
  return [...differences.values()];
}

const HOUR_MILLISECONDS = 3_600_000;

function findDifference({ timeZone, startTime, endTime, offsetMinutes }: OffsetPeriod): TimeZoneDifference | undefined {
  for (let time = startTime.getTime(); time < endTime.getTime(); time += HOUR_MILLISECONDS) {
    const hour = new Date(time);
    const functionMinutes = tzOffset(timeZone, hour);
    if (functionMinutes !== offsetMinutes) return { timeZone, hour, databaseMinutes: offsetMinutes, functionMinutes };
  }
  return undefined;
}
