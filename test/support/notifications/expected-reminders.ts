/** A clinic's settings for reminders. Quiet hours are minutes of the local day; equal values mean none. */
export interface ReminderPolicy {
  readonly timeZone: string;
  readonly quietFrom: number;
  readonly quietTo: number;
  readonly leadMinutes: number;
}

export const MINUTE = 60_000;
/** The limits of quiet hours are multiples of this, in every time zone. */
const STEP = 5 * MINUTE;
const MIN_NOTICE = 30 * MINUTE;
const QUIET_HOURS_LEAD = 15 * MINUTE;

/** A second implementation of the reminder rules, without a calendar: it steps through the clinic's local time. */
export function createReminderRules({ timeZone, quietFrom, quietTo, leadMinutes }: ReminderPolicy) {
  const wallClock = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });

  function isQuiet(instant: number): boolean {
    const [hours = '', minutes = ''] = wallClock.format(instant).split(':');
    const localMinutes = Number(hours) * 60 + Number(minutes);
    return quietFrom <= quietTo
      ? quietFrom <= localMinutes && localMinutes < quietTo
      : localMinutes >= quietFrom || localMinutes < quietTo;
  }

  function findEndOfQuietHours(instant: number): number {
    let end = instant;
    while (isQuiet(end)) end += STEP;
    return end;
  }

  return {
    isQuiet,
    /** Returns when the reminder of an appointment at `start` is due. */
    computeDueTime(start: number): number {
      const dueTime = start - leadMinutes * MINUTE;
      const end = findEndOfQuietHours(dueTime);
      if (end <= start - MIN_NOTICE) return end;
      let begin = dueTime;
      while (isQuiet(begin - STEP)) begin -= STEP;
      return begin - QUIET_HOURS_LEAD;
    },
    /** Returns when a reminder that is due at this instant is sent: after quiet hours, or at once if they end too late. */
    computeSendTime(instant: number, start: number): number {
      const end = findEndOfQuietHours(instant);
      return end <= start - MIN_NOTICE ? end : instant;
    },
  };
}
