import type { SNSClient } from '@aws-sdk/client-sns';
import { ask, PATIENCE, type Send } from './provider.ts';

export interface Sms {
  /** E.164. */
  readonly to: string;
  readonly text: string;
}

/** Prepares what SNS is sent, once, as what must arrive and is no advertisement. Its SDK client is loaded when it is first needed: few want SMS. */
export function connectSms(): (sms: Sms) => Promise<Send> {
  let loading: Promise<{ sdk: Sdk; client: SNSClient }> | undefined;
  return async ({ to, text }) => {
    loading ??= loadSdk();
    const { sdk, client } = await loading;
    const command = new sdk.PublishCommand({
      PhoneNumber: to,
      Message: text,
      MessageAttributes: { 'AWS.SNS.SMS.SMSType': { DataType: 'String', StringValue: 'Transactional' } },
    });
    return () => ask(async () => (await client.send(command)).MessageId);
  };
}

type Sdk = typeof import('@aws-sdk/client-sns');

async function loadSdk() {
  const sdk = await import('@aws-sdk/client-sns');
  const client = new sdk.SNSClient({
    maxAttempts: 1,
    requestHandler: PATIENCE,
  });
  return { sdk, client };
}
