/** A clinic as far as its reminders go. Quiet hours are minutes of the local day, the same twice if there are none. */
export interface ReminderPolicy {
  readonly timeZone: string;
  readonly quietFrom: number;
  readonly quietTo: number;
  readonly leadMinutes: number;
}

export const MINUTE = 60_000;
/** Every limit of a quiet hour is on this grid, in every time zone. */
const STEP = 5 * MINUTE;
const MIN_NOTICE = 30 * MINUTE;
const QUIET_HOURS_LEAD = 15 * MINUTE;

/** The rule of reminders written a second time, without a calendar: by what the clock on the clinic's wall shows, step by step. */
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

  function endOfQuiet(instant: number): number {
    let end = instant;
    while (isQuiet(end)) end += STEP;
    return end;
  }

  return {
    isQuiet,
    /** When somebody is to be reminded of what begins at `start`. */
    dueTime(start: number): number {
      const dueTime = start - leadMinutes * MINUTE;
      const end = endOfQuiet(dueTime);
      if (end <= start - MIN_NOTICE) return end;
      let begin = dueTime;
      while (isQuiet(begin - STEP)) begin -= STEP;
      return begin - QUIET_HOURS_LEAD;
    },
    /** When a reminder is sent that could be sent at this instant, if people must not be disturbed then. */
    sentAt(instant: number, start: number): number {
      const end = endOfQuiet(instant);
      return end <= start - MIN_NOTICE ? end : instant;
    },
  };
}
