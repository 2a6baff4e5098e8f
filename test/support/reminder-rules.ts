/** A clinic as far as its reminders go. Quiet hours are minutes of the local day, the same twice if there are none. */
export interface RemindingClinic {
  readonly timeZone: string;
  readonly quietFrom: number;
  readonly quietTo: number;
  readonly leadMinutes: number;
}

export const MINUTE = 60_000;
/** Every limit of a quiet hour is on this grid, in every time zone. */
const STEP = 5 * MINUTE;
const ENOUGH = 30 * MINUTE;
const IN_TIME = 15 * MINUTE;

/** The rule of reminders written a second time, without a calendar: by what the clock on the clinic's wall shows, step by step. */
export function remindersOf({ timeZone, quietFrom, quietTo, leadMinutes }: RemindingClinic) {
  const wall = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

  function isQuiet(instant: number): boolean {
    const [hours = '', minutes = ''] = wall.format(instant).split(':');
    const shown = Number(hours) * 60 + Number(minutes);
    return quietFrom <= quietTo ? quietFrom <= shown && shown < quietTo : shown >= quietFrom || shown < quietTo;
  }

  function endOfQuiet(instant: number): number {
    let end = instant;
    while (isQuiet(end)) end += STEP;
    return end;
  }

  return {
    isQuiet,
    /** When somebody is to be reminded of what begins at `start`. */
    due(start: number): number {
      const due = start - leadMinutes * MINUTE;
      const end = endOfQuiet(due);
      if (end <= start - ENOUGH) return end;
      let begin = due;
      while (isQuiet(begin - STEP)) begin -= STEP;
      return begin - IN_TIME;
    },
    /** When a reminder is sent that could be sent at this instant, if people must not be disturbed then. */
    sentAt(instant: number, start: number): number {
      const end = endOfQuiet(instant);
      return end <= start - ENOUGH ? end : instant;
    },
  };
}
