import { TZDate } from '@date-fns/tz';
import ical, { ICalAttendeeStatus, ICalCalendarMethod, ICalEventStatus } from 'ical-generator';
import { tzlib_get_ical_block as definitionOf } from 'timezones-ical-library';
import type { AppointmentFacts, ClinicFacts } from '../notification.ts';

/** `REQUEST` and `CANCEL` go to somebody whose calendar follows us, `PUBLISH` is for who takes a copy. */
export type CalendarMethod = 'REQUEST' | 'CANCEL' | 'PUBLISH';

export interface CalendarEntry {
  readonly appointment: AppointmentFacts;
  readonly clinic: ClinicFacts;
  readonly method: CalendarMethod;
  /** "Appointment at …", in somebody's language: calendars are shown to colleagues and on locked telephones. */
  readonly summary: string;
  /** The addresses that an invitation comes from and goes to. @default - a copy is no invitation */
  readonly invitation?: { readonly from: string; readonly to: string; readonly name: string };
}

/**
 * An appointment as iCalendar (RFC 5545), in the clinic's time zone with that zone's rules. It is the same event for ever: its UID is the appointment's, and
 * its SEQUENCE grows with each version, so that a calendar moves it and does not add another.
 */
export function calendarOf({ appointment, clinic, method, summary, invitation }: CalendarEntry): string {
  const { id, startTime, endTime, version, status, type } = appointment;
  const { timeZone } = clinic;
  const calendar = ical({ prodId: '//MedBook//Appointments//EN', method: ICalCalendarMethod[method] });
  // No zone of the calendar as a whole: DTSTAMP must be in UTC.
  calendar.timezone({ name: null, generator: (zone) => definitionOf(zone)[0] ?? null });
  calendar.createEvent({
    id: `${id}@medbook`,
    sequence: version - 1,
    start: new TZDate(startTime, timeZone),
    end: new TZDate(endTime, timeZone),
    timezone: timeZone,
    summary,
    ...(type === 'in_person' && { location: `${clinic.name}, ${clinic.address}` }),
    status: STATUS[status] ?? ICalEventStatus.CONFIRMED,
    ...(invitation && {
      organizer: { name: 'MedBook', email: invitation.from },
      attendees: [{ name: invitation.name, email: invitation.to, rsvp: false, status: ICalAttendeeStatus.ACCEPTED }],
    }),
  });
  return calendar.toString();
}

/** Line breaks are for bodies alone. */
export const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

const STATUS: Readonly<Record<string, ICalEventStatus>> = {
  pending: ICalEventStatus.TENTATIVE,
  cancelled: ICalEventStatus.CANCELLED,
  expired: ICalEventStatus.CANCELLED,
};
