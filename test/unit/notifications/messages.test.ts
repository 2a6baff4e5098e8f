import { LANGUAGES } from '@medbook/contract/language';
import fc from 'fast-check';
import ICAL from 'ical.js';
import { describe, expect, it } from 'vitest';
import { createCalendarFile } from '../../../lambdas/calendar/calendar-file.ts';
import { toGsmText } from '../../../lambdas/notifications/messages/gsm-text.ts';
import { LAYOUT } from '../../../lambdas/notifications/messages/layout.html.ts';
import { renderEmail } from '../../../lambdas/notifications/messages/render-email.ts';
import { renderSms } from '../../../lambdas/notifications/messages/render-sms.ts';
import { TRANSLATIONS } from '../../../lambdas/notifications/messages/translations.ts';
import { NOTIFICATION_KINDS, type NotificationContent } from '../../../lambdas/notifications/notification.ts';
import { compileEmailLayout } from '../../../local/email-layout/compile-email-layout.ts';

const envelope = { from: 'no-reply@medbook.example', to: 'ana@example.com' };
const APPOINTMENT: NonNullable<NotificationContent['appointment']> = {
  id: '0190a0a0-0000-7000-8000-000000000001',
  reference: 'MB-0123456789',
  status: 'booked',
  startTime: '2030-03-30T09:30:00Z',
  endTime: '2030-03-30T10:00:00Z',
  type: 'in_person',
  doctorName: 'Dr. Ana Duarte',
  version: 3,
  expiresAt: '2030-03-29T09:32:00Z',
};
const CLINIC = {
  name: 'Clínica da Baixa',
  address: 'Rua Augusta 100',
  phone: '+351210000001',
  timeZone: 'Europe/Lisbon',
};
const BOOKED: NotificationContent = {
  kind: 'appointment_booked',
  recipient: 'patient',
  recipientName: 'Paula',
  language: 'en',
  appointment: APPOINTMENT,
  clinic: CLINIC,
};

// Each pair of kind and recipient that has a translation.
const audiences = NOTIFICATION_KINDS.flatMap((kind) =>
  (['patient', 'doctor', 'clinic'] as const).flatMap((recipient) => {
    const phrases: object = recipient === 'patient' ? TRANSLATIONS.en.patient : TRANSLATIONS.en.staff;
    return kind in phrases ? [{ kind, recipient }] : [];
  }),
);
const names = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.lorem({ maxCount: 30 }),
  fc.constantFrom('<b>O’Neil & "Söhne"</b>', '王小明', 'Łukasz', ''),
);
const zones = fc.constantFrom(
  'Europe/Lisbon',
  'America/New_York',
  'Asia/Tokyo',
  'Asia/Kolkata',
  'America/St_Johns',
  'Pacific/Chatham',
);
const toUtcText = (time: number) => `${new Date(time).toISOString().slice(0, 19)}Z`;
const instants = fc
  .date({ min: new Date('2026-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
  .map((date) => toUtcText(Math.floor(date.getTime() / 300_000) * 300_000));
const contents = fc
  .record({
    audience: fc.constantFrom(...audiences),
    language: fc.constantFrom(...LANGUAGES),
    recipientName: names,
    clinicName: names,
    doctorName: names,
    timeZone: zones,
    startTime: instants,
    cancelledBy: fc.constantFrom('patient', 'clinic'),
    type: fc.constantFrom('in_person', 'video'),
    formerStartTime: fc.option(instants, { nil: undefined }),
  })
  .map(
    ({
      audience,
      clinicName,
      timeZone,
      doctorName,
      startTime,
      cancelledBy,
      type,
      formerStartTime,
      ...content
    }): NotificationContent => ({
      ...content,
      ...audience,
      ...(formerStartTime && { formerStartTime }),
      clinic: { ...CLINIC, name: clinicName, timeZone },
      appointment: {
        ...APPOINTMENT,
        doctorName,
        startTime,
        endTime: startTime,
        cancelledBy,
        type,
      } as NotificationContent['appointment'] & object,
    }),
  );

it('the layout is up to date (`npm run layout` compiles it)', async () => {
  expect(await compileEmailLayout()).toContain(JSON.stringify(LAYOUT));
});

describe('an email', () => {
  it('is complete for every recipient, language and name', () => {
    fc.assert(
      fc.property(contents, (content) => {
        const { subject, text, html } = renderEmail(content, {
          ...envelope,
          unsubscribeUrl: 'https://x.example/?token=a.b',
        });
        expect(subject).not.toMatch(/[\r\n]/);
        for (const part of [subject, text, html]) expect(part).not.toMatch(/\bundefined\b|\bnull\b|\{\{|Invalid Date/);
        expect(text).toContain(content.appointment?.reference);
        expect(html).toContain(`lang="${content.language}"`);
        // User input is escaped.
        expect(html.match(/<b>/g)).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  it('to a patient has the time in the clinic time zone, the place, the doctor and the reference', () => {
    const { text, subject } = renderEmail(BOOKED, envelope);
    expect(subject).toBe('Your appointment at Clínica da Baixa');
    expect(text).toMatch(/When: Saturday,? 30 March 2030, 09:30 \(Europe\/Lisbon, (WET|GMT)\)/);
    expect(text).toContain('Where: Clínica da Baixa, Rua Augusta 100');
    expect(text).toContain('With: Dr. Ana Duarte');
    expect(text).toContain('Reference: MB-0123456789');
  });

  it('has daylight saving time in summer', () => {
    const appointment = { ...APPOINTMENT, startTime: '2030-03-31T09:30:00Z' };
    expect(renderEmail({ ...BOOKED, appointment }, envelope).text).toContain(', 10:30 (Europe/Lisbon');
  });

  it.each(['doctor', 'clinic'] as const)('to a %s does not name the patient', (recipient) => {
    const { text, html, calendar } = renderEmail({ ...BOOKED, recipient, recipientName: 'Desk' }, envelope);
    for (const part of [text, html, calendar?.content]) {
      expect(part).toContain('MB-0123456789');
      expect(part).not.toContain('Paula');
    }
  });

  it('has a calendar request for a booking, a calendar cancellation for a removal, and otherwise none', () => {
    const methods = audiences.map(
      ({ kind, recipient }) => renderEmail({ ...BOOKED, kind, recipient }, envelope).calendar?.method,
    );
    expect(Object.fromEntries(audiences.map(({ kind }, index) => [kind, methods[index]]))).toEqual({
      account_created: undefined,
      appointment_held: undefined,
      appointment_booked: 'REQUEST',
      appointment_confirmed: 'REQUEST',
      appointment_rescheduled: 'REQUEST',
      appointment_reassigned: 'CANCEL',
      appointment_cancelled: 'CANCEL',
      appointment_expired: undefined,
      appointment_completed: undefined,
      appointment_reminder: undefined,
    });
  });
});

describe('an SMS', () => {
  const kinds = Object.keys(TRANSLATIONS.en.sms);
  const messages = contents.filter(({ kind }) => kinds.includes(kind));

  it('has at most 160 GSM characters and contains no names', () => {
    fc.assert(
      fc.property(messages, (content) => {
        const text = renderSms({
          ...content,
          recipientName: 'Zebulon',
          appointment: { ...APPOINTMENT, doctorName: 'Quirin' },
        });
        expect(text.length).toBeLessThanOrEqual(160);
        expect(toGsmText(text)).toBe(text);
        expect(text).not.toMatch(/undefined|Zebulon|Quirin/);
        expect(text).toMatch(/MB-0123456789$/);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps GSM characters and transliterates the others', () => {
    expect(toGsmText('Ñandú à Łódź – „São João“ 10 €\u00a0王')).toBe('Ñandu à Lodz - "Sao Joao" 10 EUR Wang');
  });
});

describe('a calendar file', () => {
  const parseCalendar = (text: string) => {
    const root = new ICAL.Component(ICAL.parse(text));
    for (const zone of root.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(new ICAL.Timezone(zone));
    return { root, event: new ICAL.Event(root.getFirstSubcomponent('vevent') ?? undefined) };
  };

  it('has the instants of the appointment in its own time zone, even on the day of a clock change', () => {
    fc.assert(
      fc.property(contents, instants, (content, startTime) => {
        const endTime = toUtcText(Date.parse(startTime) + 1_800_000);
        const appointment = { ...APPOINTMENT, startTime, endTime };
        const text = createCalendarFile({ appointment, clinic: content.clinic ?? CLINIC, language: content.language });
        expect(text.split('\r\n').every((line) => Buffer.byteLength(line) <= 75)).toBe(true);
        const { event } = parseCalendar(text);
        // The hour that repeats when clocks go back is ambiguous: iCalendar means the first.
        expect([0, 3_600_000, 1_800_000]).toContain(Date.parse(startTime) - event.startDate.toJSDate().getTime());
        expect([0, 3_600_000, 1_800_000]).toContain(Date.parse(endTime) - event.endDate.toJSDate().getTime());
      }),
      { numRuns: 200 },
    );
  });

  it('has a stable UID, a sequence number, an organizer and an attendee', () => {
    const { calendar } = renderEmail(BOOKED, envelope);
    const { root, event } = parseCalendar(calendar?.content ?? '');
    expect(root.getFirstPropertyValue('method')).toBe('REQUEST');
    expect([event.uid, event.sequence]).toEqual([`${APPOINTMENT.id}@medbook`, 2]);
    expect(event.component.getFirstPropertyValue('status')).toBe('CONFIRMED');
    expect(event.organizer).toBe('mailto:no-reply@medbook.example');
    expect(event.attendees.map((one) => String(one.getFirstValue()).toLowerCase())).toEqual(['mailto:ana@example.com']);
    expect(event.component.getFirstPropertyValue('dtstamp')?.toString()).toMatch(/Z$/);
  });

  it('is cancelled for a doctor whose appointment was reassigned', () => {
    const { calendar } = renderEmail({ ...BOOKED, kind: 'appointment_reassigned', recipient: 'doctor' }, envelope);
    expect(calendar?.content).toContain('STATUS:CANCELLED');
  });
});
