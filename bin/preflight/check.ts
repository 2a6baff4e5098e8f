import type { Account } from './account.ts';
import type { Finding } from './finding.ts';
import type { StageNeeds } from './stage-needs.ts';

/** Compares one thing of the account with what a stage needs. */
export interface Check {
  /** What is checked, such as `RDS Proxy`. */
  readonly subject: string;
  /** Returns nothing if the stage does not need it. Throws if AWS does not respond. */
  run(account: Account, needs: StageNeeds): Promise<readonly Finding[]>;
}

/** Defines a check: `read` calls AWS, and `judge`, a pure function, compares the response with what the stage needs. */
export function defineCheck<Answer>(
  subject: string,
  read: (account: Account, needs: StageNeeds) => Promise<Answer>,
  judge: (answer: Answer, needs: StageNeeds) => readonly Finding[],
): Check {
  return { subject, run: async (account, needs) => judge(await read(account, needs), needs) };
}
