import { getEmailDomain, quoteValue } from './domain-names.ts';
import type { StageConfig } from './stages.ts';

/** Returns the errors in a stage's alarm recipients, budget, request limits and traces, one sentence each. */
export function findOperationsErrors({
  alarmEmail,
  alarmUrl,
  monthlyBudget,
  requestsPer15Minutes,
  bookingsPerMinute,
  apiTraceRate,
}: StageConfig): string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [
      alarmEmail === undefined || getEmailDomain(alarmEmail.toLowerCase()) !== undefined,
      `alarmEmail ${quoteValue(alarmEmail)} is not an email address, such as alarms@clinic.example`,
    ],
    [
      alarmUrl === undefined || (URL.canParse(alarmUrl) && alarmUrl.startsWith('https://')),
      `alarmUrl ${quoteValue(alarmUrl)} is not a URL that starts with https://`,
    ],
    [monthlyBudget > 0, `monthlyBudget ${monthlyBudget} is not a positive amount of US dollars`],
    [apiTraceRate >= 0 && apiTraceRate <= 1, `apiTraceRate ${apiTraceRate} is not between 0 and 1, such as 0.05`],
    ...Object.entries({ requestsPer15Minutes, bookingsPerMinute }).map(
      ([name, limit]) =>
        [Number.isInteger(limit) && limit > 0, `${name} ${limit} is not a positive whole number, such as 100`] as const,
    ),
  ];
  return rules.filter(([isMet]) => !isMet).map(([, message]) => message);
}
