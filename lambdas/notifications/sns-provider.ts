import type { SNSClient } from '@aws-sdk/client-sns';
import { PROVIDER_TIMEOUTS, type Send, sendToProvider } from './send-to-provider.ts';

/** An SMS to send with SNS. */
export interface OutgoingSms {
  /** A phone number in E.164. */
  readonly to: string;
  readonly text: string;
}

/**
 * Returns a function that prepares transactional SMS for SNS, which the SDK does not retry. The SDK client is loaded on first use, because
 * few users choose SMS.
 */
export function connectSns(): (sms: OutgoingSms) => Promise<Send> {
  let clientPromise: Promise<{ sdk: Sdk; client: SNSClient }> | undefined;
  return async ({ to, text }) => {
    clientPromise ??= loadSdk();
    const { sdk, client } = await clientPromise;
    const command = new sdk.PublishCommand({
      PhoneNumber: to,
      Message: text,
      MessageAttributes: { 'AWS.SNS.SMS.SMSType': { DataType: 'String', StringValue: 'Transactional' } },
    });
    return () => sendToProvider(async () => (await client.send(command)).MessageId);
  };
}

type Sdk = typeof import('@aws-sdk/client-sns');

async function loadSdk() {
  const sdk = await import('@aws-sdk/client-sns');
  const client = new sdk.SNSClient({
    maxAttempts: 1,
    requestHandler: PROVIDER_TIMEOUTS,
  });
  return { sdk, client };
}
