import type pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { compareTimeZones, findTimeZoneDifferences } from '../../../lambdas/schedules/compare-time-zones.ts';
import { readTimeZoneOffsets } from '../../../lambdas/schedules/schedules.sql.ts';
import { publishMetrics } from '../../../lambdas/shared/metrics.ts';
import type { Db } from '../../../lambdas/shared/sql.ts';
import { insertClinic } from '../../support/clinic/insert-clinic.ts';
import { setClock } from '../../support/database/test-clock.ts';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.ts';

let database: TestDatabase;
let owner: pg.Client;
let job: Db;

beforeAll(async () => {
  database = await createDatabase();
  owner = await database.connect();
  job = database.connectAs('generate_slots');
  await setClock(owner, Date.parse('2026-10-20T10:20:00Z'));
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

it('returns nothing without clinics', async () => {
  expect(await readTimeZoneOffsets(job)).toEqual([]);
});

it('returns the periods of each time zone up to its furthest horizon, and Node.js agrees with them', async () => {
  await insertClinic(owner, { timeZone: 'Europe/Lisbon', horizonDays: 1 });
  await insertClinic(owner, { timeZone: 'Europe/Lisbon', horizonDays: 10 });
  await insertClinic(owner, { timeZone: 'Asia/Kathmandu', horizonDays: 2 });
  await insertClinic(owner, { timeZone: 'Australia/Lord_Howe', horizonDays: 366 });
  const periods = await readTimeZoneOffsets(job);
  const texts = periods.map(({ timeZone, startTime, endTime, offsetMinutes }) =>
    [timeZone, startTime.toISOString().slice(0, 16), endTime.toISOString().slice(0, 16), offsetMinutes].join(' '),
  );
  expect(texts).toEqual([
    'Asia/Kathmandu 2026-10-20T10:00 2026-10-22T10:00 345',
    // The clocks change there by half an hour: at 15:00 UTC in April, at 15:30 UTC in October, which the next full hour shows.
    'Australia/Lord_Howe 2026-10-20T10:00 2027-04-03T15:00 660',
    'Australia/Lord_Howe 2027-04-03T15:00 2027-10-02T16:00 630',
    'Australia/Lord_Howe 2027-10-02T16:00 2027-10-21T10:00 660',
    'Europe/Lisbon 2026-10-20T10:00 2026-10-25T01:00 60',
    'Europe/Lisbon 2026-10-25T01:00 2026-10-30T10:00 0',
  ]);
  expect(findTimeZoneDifferences(periods)).toEqual([]);
});

it('the daily comparison logs the time zones that differ, and counts them', async () => {
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  // As if PostgreSQL had newer data, in which Kathmandu is an hour ahead.
  await owner.query(`alter function time_zone_offsets() rename to real_time_zone_offsets`);
  await owner.query(`create function time_zone_offsets()
    returns table (time_zone text, start_time timestamptz, end_time timestamptz, offset_minutes integer)
    language sql stable security definer as $$
      select time_zone, start_time, end_time, offset_minutes + case time_zone when 'Asia/Kathmandu' then 60 else 0 end
      from public.real_time_zone_offsets()
    $$`);
  await owner.query('grant execute on function time_zone_offsets() to generate_slots');
  await compareTimeZones(job);
  publishMetrics();
  vi.restoreAllMocks();
  const text = lines.join('\n');
  expect(text).toContain('"message":"time_zone_data_differs"');
  expect(text).toContain('"timeZone":"Asia/Kathmandu"');
  expect(text).not.toContain('"timeZone":"Europe/Lisbon"');
  expect(text).toContain('"TimeZonesDiffering":1');
});
