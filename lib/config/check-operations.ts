import type { StageConfig } from './stages.ts';

/** What is wrong with whom the alarms tell and with what a stage may cost, in sentences. */
export function faultsOfOperations({ alarmEmail, alarmUrl, monthlyBudget }: StageConfig): string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [
      alarmEmail === undefined || EMAIL.test(alarmEmail),
      `alarmEmail ${JSON.stringify(alarmEmail)} is not an address, such as alarms@clinic.example`,
    ],
    [
      alarmUrl === undefined || (URL.canParse(alarmUrl) && alarmUrl.startsWith('https://')),
      `alarmUrl ${JSON.stringify(alarmUrl)} is not an address that starts with https://`,
    ],
    [monthlyBudget > 0, `monthlyBudget ${monthlyBudget} is not an amount of US dollars`],
  ];
  return rules.filter(([holds]) => !holds).map(([, fault]) => fault);
}

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
