import { TZDate } from '@date-fns/tz';
import ical, { ICalAttendeeStatus, ICalCalendarMethod, ICalEventStatus } from 'ical-generator';
import { tzlib_get_ical_block as definitionOf } from 'timezones-ical-library';
import type { AppointmentFacts, ClinicFacts } from '../notifications/notification.ts';

/** `REQUEST` and `CANCEL` are invitations that update the calendar of the recipient; `PUBLISH` is a copy. */
export type CalendarMethod = 'REQUEST' | 'CANCEL' | 'PUBLISH';

/** An appointment with the texts and addresses of its calendar event. */
export interface CalendarEntry {
  readonly appointment: AppointmentFacts;
  readonly clinic: ClinicFacts;
  readonly method: CalendarMethod;
  /** "Appointment at …", in the language of the recipient. Others may see the calendar, so it has no details. */
  readonly summary: string;
  /** The sender and the recipient of an invitation. @default - no invitation */
  readonly invitation?: { readonly from: string; readonly to: string; readonly name: string };
}

/**
 * Returns an appointment as iCalendar (RFC 5545), in the clinic's time zone with the rules of that zone. The UID of the event is stable and
 * its SEQUENCE grows with each version, so that a calendar updates the event and does not add another.
 */
export function createCalendar({ appointment, clinic, method, summary, invitation }: CalendarEntry): string {
  const { id, startTime, endTime, version, status, type } = appointment;
  const { timeZone } = clinic;
  const calendar = ical({ prodId: '//MedBook//Appointments//EN', method: ICalCalendarMethod[method] });
  // The calendar itself has no time zone, because DTSTAMP must be in UTC.
  calendar.timezone({ name: null, generator: (zone) => definitionOf(zone)[0] ?? null });
  calendar.createEvent({
    id: `${id}@medbook`,
    sequence: version - 1,
    start: new TZDate(startTime, timeZone),
    end: new TZDate(endTime, timeZone),
    timezone: timeZone,
    summary,
    ...(type === 'in_person' && { location: `${clinic.name}, ${clinic.address}` }),
    status: EVENT_STATUS_BY_STATUS[status] ?? ICalEventStatus.CONFIRMED,
    ...(invitation && {
      organizer: { name: 'MedBook', email: invitation.from },
      attendees: [{ name: invitation.name, email: invitation.to, rsvp: false, status: ICalAttendeeStatus.ACCEPTED }],
    }),
  });
  return calendar.toString();
}

/** Replaces line breaks and other white space by single spaces: for subjects and summaries. */
export const toSingleLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

const EVENT_STATUS_BY_STATUS: Readonly<Record<string, ICalEventStatus>> = {
  pending: ICalEventStatus.TENTATIVE,
  cancelled: ICalEventStatus.CANCELLED,
  expired: ICalEventStatus.CANCELLED,
};
