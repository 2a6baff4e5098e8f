import {
  GetAccountCommand,
  type GetAccountCommandOutput,
  GetEmailIdentityCommand,
  NotFoundException,
} from '@aws-sdk/client-sesv2';
import { GetSMSAttributesCommand, GetSMSSandboxAccountStatusCommand } from '@aws-sdk/client-sns';
import type { Account } from './account.ts';
import { type Check, defineCheck } from './check.ts';
import { type Finding, ok, problem, warning } from './finding.ts';
import { readWith } from './permission.ts';
import type { StageNeeds } from './stage-needs.ts';

/** Whether emails and SMS reach people. */
export const MESSAGE_CHECKS: readonly Check[] = [
  defineCheck('SES', readSender, judgeSender),
  defineCheck('Email domain', readIdentity, judgeIdentity),
  defineCheck('SMS sandbox', readSmsSandbox, judgeSmsSandbox),
  defineCheck('SMS spending', readSmsLimit, judgeSmsLimit),
];

/** US dollars a month, of an account that never requested more. */
const DEFAULT_SMS_LIMIT = 1;

function readSender({ ses }: Account): Promise<Partial<GetAccountCommandOutput>> {
  return readWith('ses:GetAccount', ses.send(new GetAccountCommand({})));
}

function judgeSender({ ProductionAccessEnabled, SendingEnabled, EnforcementStatus }: Partial<GetAccountCommandOutput>) {
  if (SendingEnabled === false || EnforcementStatus === 'SHUTDOWN')
    return [problem('AWS has stopped all sending of this account', 'See the Account dashboard of the SES console.')];
  if (ProductionAccessEnabled) return [ok('production access')];
  return [
    warning(
      'in the sandbox: emails reach only verified addresses, at most 200 a day',
      'Request production access: SES console, Account dashboard. It takes about a day.',
    ),
  ];
}

type Identity = 'verified' | 'unverified' | 'missing';

async function readIdentity({ ses }: Account, { config }: StageNeeds): Promise<Identity> {
  try {
    const { VerifiedForSendingStatus } = await readWith(
      'ses:GetEmailIdentity',
      ses.send(new GetEmailIdentityCommand({ EmailIdentity: config.email.domain })),
    );
    return VerifiedForSendingStatus ? 'verified' : 'unverified';
  } catch (error) {
    if (error instanceof NotFoundException) return 'missing';
    throw error;
  }
}

function judgeIdentity(identity: Identity, { config: { stage, email } }: StageNeeds): Finding[] {
  if (identity === 'verified') return [ok(`${email.domain} is verified`)];
  const stack = `MedBook-${stage}-Data`;
  const deploy = `npx cdk deploy ${stack} -c stage=${stage}`;
  const enterRecords = `Enter Record1 to Record3, outputs of ${stack}, into the DNS of ${email.domain}. Wait until SES has verified them.`;
  const remedy = [
    ...(identity === 'missing' ? [deploy] : []),
    email.hostedZoneId ? 'Wait until SES has verified the DNS records.' : enterRecords,
  ].join('\n');
  // Cognito refuses a sender whose domain is not verified. Our own emails wait.
  return email.useForUserPool
    ? [problem(`${email.domain} is not verified in SES, so Cognito refuses it`, remedy)]
    : [warning(`${email.domain} is not verified in SES: emails wait`, remedy)];
}

async function readSmsSandbox({ sns }: Account): Promise<boolean> {
  const { IsInSandbox } = await readWith(
    'sns:GetSMSSandboxAccountStatus',
    sns.send(new GetSMSSandboxAccountStatusCommand({})),
  );
  return IsInSandbox === true;
}

function judgeSmsSandbox(isInSandbox: boolean): Finding[] {
  if (!isInSandbox) return [ok('production access')];
  return [
    warning(
      'in the sandbox: SMS reach only verified numbers',
      'Leave the sandbox: SNS console, Text messaging (SMS). Register an origination identity where the country requires one.',
    ),
  ];
}

/** Returns US dollars a month. */
async function readSmsLimit({ sns }: Account): Promise<number> {
  const { attributes } = await readWith(
    'sns:GetSMSAttributes',
    sns.send(new GetSMSAttributesCommand({ attributes: ['MonthlySpendLimit'] })),
  );
  return Number(attributes?.MonthlySpendLimit ?? DEFAULT_SMS_LIMIT);
}

function judgeSmsLimit(limit: number, { config: { smsMonthlyLimit: needed } }: StageNeeds): Finding[] {
  const message = `${limit} US dollars a month, ${needed} needed`;
  if (limit >= needed) return [ok(message)];
  return [
    warning(
      `${message}: SNS sends no SMS beyond that limit`,
      `Request it: Support Center, SNS Text Messaging. Then: aws sns set-sms-attributes --attributes MonthlySpendLimit=${needed}`,
    ),
  ];
}
