import { domainOf, quoted } from './spelling.ts';
import type { StageConfig } from './stages.ts';

/** What is wrong with whom the alarms tell, with what a stage may cost and with what its callers may do, in sentences. */
export function faultsOfOperations({
  alarmEmail,
  alarmUrl,
  monthlyBudget,
  requestsPer15Minutes,
  bookingsPerMinute,
}: StageConfig): string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [
      alarmEmail === undefined || domainOf(alarmEmail.toLowerCase()) !== undefined,
      `alarmEmail ${quoted(alarmEmail)} is not an address, such as alarms@clinic.example`,
    ],
    [
      alarmUrl === undefined || (URL.canParse(alarmUrl) && alarmUrl.startsWith('https://')),
      `alarmUrl ${quoted(alarmUrl)} is not an address that starts with https://`,
    ],
    [monthlyBudget > 0, `monthlyBudget ${monthlyBudget} is not an amount of US dollars`],
    ...Object.entries({ requestsPer15Minutes, bookingsPerMinute }).map(
      ([name, limit]) =>
        [Number.isInteger(limit) && limit > 0, `${name} ${limit} is not a number of requests, such as 100`] as const,
    ),
  ];
  return rules.filter(([holds]) => !holds).map(([, fault]) => fault);
}
