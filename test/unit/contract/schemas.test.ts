import { APPOINTMENT_STATUSES, cancellation, idempotencyHeader, newAppointment } from '@medbook/contract/appointment';
import { newClinic } from '@medbook/contract/new-clinic';
import { newDoctor } from '@medbook/contract/new-doctor';
import { profileChanges } from '@medbook/contract/profile';
import { patientApi } from '@medbook/contract/routes/patient-api';
import { newWorkingHours } from '@medbook/contract/schedule';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';

const ID = '01912d68-783e-7a03-8467-5661c1243ad4';

/** Returns the validation errors as `path: message`. */
const listIssues = (schema: z.ZodType, value: unknown) =>
  (schema.safeParse(value).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);

const listIssuePaths = (schema: z.ZodType, value: unknown) =>
  listIssues(schema, value).map((issue) => issue.split(':')[0]);

describe('working hours', () => {
  const window = (start: string, end: string, weekday = 1) => ({ weekday, start, end });

  it.each([
    ['empty', []],
    ['one window', [window('09:00', '17:00')]],
    ['a whole day', [window('00:00', '24:00')]],
    ['two windows that touch', [window('09:00', '12:00'), window('12:00', '17:00')]],
    ['two windows in reverse order', [window('14:00', '17:00'), window('09:00', '12:00')]],
    ['the same window on two days', [window('09:00', '12:00', 1), window('09:00', '12:00', 2)]],
    ['two windows that touch at midnight', [window('20:00', '24:00', 1), window('00:00', '04:00', 2)]],
  ])('can be %s', (_, hours) => {
    expect(listIssues(newWorkingHours, { hours })).toEqual([]);
  });

  it.each([
    [
      'overlap',
      [window('09:00', '12:00'), window('11:59', '17:00')],
      ['hours.1: overlaps with hours.0 on the same weekday'],
    ],
    [
      'are equal',
      [window('09:00', '12:00'), window('09:00', '12:00')],
      ['hours.1: overlaps with hours.0 on the same weekday'],
    ],
    [
      'enclose one another',
      [window('00:00', '01:00'), window('10:00', '11:00'), window('09:00', '24:00')],
      ['hours.2: overlaps with hours.1 on the same weekday'],
    ],
    ['end at their start', [window('09:00', '09:00')], ['hours.0.end: must be after `start`']],
    ['end before their start', [window('12:00', '09:00')], ['hours.0.end: must be after `start`']],
    ['start at 24:00', [window('24:00', '24:00')], ['hours.0.end: must be after `start`']],
    [
      'end before their start, with other windows',
      [window('09:00', '10:00'), window('20:00', '11:00')],
      ['hours.1.end: must be after `start`'],
    ],
  ])('must not %s', (_, hours, expectedIssues) => {
    expect(listIssues(newWorkingHours, { hours })).toEqual(expectedIssues);
  });

  it.each(['9:00', '09:60', '24:01', '25:00', '09:00:00', '', '09:00\n'])(
    'are in hours and minutes, not %j',
    (start) => {
      expect(listIssuePaths(newWorkingHours, { hours: [window(start, '23:59')] })).toContain('hours.0.start');
    },
  );

  it.each([0, 8, 1.5, '1'])('are on an ISO weekday, not %j', (weekday) => {
    expect(listIssuePaths(newWorkingHours, { hours: [{ ...window('09:00', '10:00'), weekday }] })).toContain(
      'hours.0.weekday',
    );
  });

  it('are refused if an entry is not a window', () => {
    for (const hours of [
      [null],
      [{}],
      [window('09:00', '10:00'), null],
      'x',
      {},
      null,
      undefined,
      Array(71).fill(null),
    ]) {
      expect(listIssues(newWorkingHours, { hours })).not.toEqual([]);
    }
  });
});

describe('a new appointment', () => {
  const time = { clinicId: ID, startTime: '2030-01-31T09:00:00+01:00' };

  it('is at a time in a clinic or at a slot, by default in person for one slot', () => {
    const startTime = new Date('2030-01-31T08:00:00Z');
    expect(newAppointment.parse(time)).toEqual({ clinicId: ID, startTime, slots: 1, type: 'in_person', hold: false });
    expect(newAppointment.parse({ slotId: ID, slots: 8, type: 'video' })).toEqual({
      slotId: ID,
      slots: 8,
      type: 'video',
      hold: false,
    });
  });

  it.each<[string, object, string[]]>([
    ['no fields', {}, ['clinicId', 'startTime']],
    ['a clinic alone', { clinicId: ID }, ['startTime']],
    ['a doctor and a time', { doctorId: ID, startTime: time.startTime }, ['clinicId']],
    ['a slot and a time', { ...time, slotId: ID }, ['clinicId', 'startTime']],
    ['a slot and a doctor', { slotId: ID, doctorId: ID, specialization: 'x' }, ['doctorId', 'specialization']],
    ['an invalid time', { ...time, startTime: 'soon' }, ['startTime']],
    ['too many slots', { ...time, slots: 9 }, ['slots']],
    ['no slots', { ...time, slots: 0 }, ['slots']],
    ['slots as a string', { ...time, slots: '1' }, ['slots']],
    ['another type', { ...time, type: 'phone' }, ['type']],
    ['too long a reason', { ...time, reason: 'x'.repeat(1001) }, ['reason']],
    ['a blank reason', { ...time, reason: ' ' }, ['reason']],
    ['an unknown field', { ...time, status: 'booked' }, ['']],
  ])('is refused with %s', (_, input, paths) => {
    expect(listIssuePaths(newAppointment, input)).toEqual(paths);
  });

  it('accepts ids in upper case', () => {
    expect(newAppointment.parse({ ...time, clinicId: ID.toUpperCase() })).toEqual(newAppointment.parse(time));
  });

  it.each([null, undefined, [], 'x', 7])('cannot be %j', (input) => {
    expect(newAppointment.safeParse(input).success).toBe(false);
  });
});

describe('a list of appointments', () => {
  const { query } = patientApi['GET /appointments'];
  if (!query) throw new Error('GET /appointments has no query schema.');
  const [first, last] = ['2030-01-01T00:00:00Z', '2030-03-05T00:00:00Z'];

  it('can be filtered by one status or by several', () => {
    expect(query.parse({ status: 'booked' })).toMatchObject({ status: ['booked'] });
    expect(query.parse({ status: ['booked', 'pending'] })).toMatchObject({ status: ['booked', 'pending'] });
    expect(query.parse({})).not.toHaveProperty('status');
  });

  it.each<[object, string]>([
    [{ status: 'zzz' }, 'status.0'],
    [{ status: ['booked', 'zzz'] }, 'status.1'],
  ])('is refused with the valid statuses: %j', (input, path) => {
    const [issue = ''] = listIssues(query, input);
    expect(issue.split(':')[0]).toBe(path);
    expect(APPOINTMENT_STATUSES.filter((status) => !issue.includes(status))).toEqual([]);
  });

  it.each<[object, string[]]>([
    [{ from: first }, []],
    [{ to: last }, []],
    [{ from: first, to: first }, ['from']],
    [{ from: last, to: first }, ['from']],
    [{ from: first, to: last }, ['to']],
  ])('covers at most 62 days if both ends are set: %j', (parsed, paths) => {
    expect(listIssuePaths(query, parsed)).toEqual(paths);
  });
});

describe('another body', () => {
  it('a cancellation needs no body and accepts a reason', () => {
    expect(cancellation.parse(undefined)).toEqual({});
    expect(cancellation.parse({ reason: ' ill ' })).toEqual({ reason: 'ill' });
    expect(cancellation.safeParse(null).success).toBe(false);
  });

  it('a profile change has at least one field', () => {
    expect(profileChanges.parse({ phone: null })).toEqual({ phone: null });
    expect(listIssues(profileChanges, {})).toHaveLength(1);
    expect(listIssuePaths(profileChanges, { name: null })).toEqual(['name']);
    expect(listIssues(profileChanges, { name: 'A', email: 'a@b.co' })).toEqual([expect.stringContaining('"email"')]);
  });

  const clinic = { name: 'A', address: 'B', phone: '+351211234567', currency: 'EUR', timeZone: 'Europe/Lisbon' };

  it('a clinic has a default booking policy', () => {
    expect(newClinic.parse(clinic)).toMatchObject({
      slotMinutes: 30,
      noticeMinutes: 60,
      horizonDays: 30,
      holdSeconds: 120,
      holdsPerPatient: 3,
      appointmentsPerPatient: 10,
      noShowsPerPatient: 3,
    });
  });

  it.each(['Europe/Lisbon', 'America/Argentina/Buenos_Aires', 'UTC', 'America/Port-au-Prince', 'Etc/GMT+5'])(
    'the time zone of a clinic can be %s',
    (timeZone) => {
      expect(listIssues(newClinic, { ...clinic, timeZone })).toEqual([]);
    },
  );

  it.each([
    '',
    'Lisbon',
    '+01:00',
    '-0500',
    'Europe/Lisbon ',
    "Europe/Lisbon'",
    'Europe',
    '../etc',
    'GMT+1',
    '\0',
    'Mars/Base',
  ])('the time zone of a clinic must not be %j', (timeZone) => {
    expect(listIssuePaths(newClinic, { ...clinic, timeZone })).toEqual(['timeZone']);
  });

  it('a doctor needs a name, an email address and a specialization', () => {
    expect(listIssuePaths(newDoctor, {})).toEqual(['name', 'email', 'specialization']);
    const input = { name: 'A', email: 'A@B.co', specialization: 'C' };
    expect(newDoctor.parse(input)).toMatchObject({ email: 'a@b.co', experienceYears: 0 });
  });

  it.each<[string | undefined, boolean]>([
    [undefined, true],
    ['a', true],
    ['~'.repeat(255), true],
    ['!"#/\\', true],
    ['', false],
    ['x'.repeat(256), false],
    ['a b', false],
    ['a\n', false],
    ['é', false],
    ['\0', false],
  ])('the validity of the Idempotency-Key %j is %s', (key, isValid) => {
    expect(idempotencyHeader.safeParse({ 'idempotency-key': key }).success).toBe(isValid);
  });
});
