import { randomUUID } from 'node:crypto';
import type { SNSEvent } from 'aws-lambda';
import * as z from 'zod';
import type { Deployment } from './deployment.ts';
import type { LambdaPool } from './lambda-pool.ts';
import type { Log } from './log.ts';

const destination = z.object({
  ConfigurationSetName: z.string(),
  EventDestination: z.object({
    MatchingEventTypes: z.array(z.string()),
    SnsDestination: z.object({ TopicARN: z.string() }).optional(),
  }),
});
const subscription = z.object({ Protocol: z.string(), TopicArn: z.unknown(), Endpoint: z.unknown() });

/** What SES tells of an e-mail: the part by which it is handed out. */
export interface MailEvent {
  readonly eventType: string;
}

/** Hands what SES tells of an e-mail to whoever reads it. */
export type TellOfMail = (configurationSet: string, event: MailEvent) => Promise<void>;

/** The functions that the templates subscribe to what SES tells, called as SNS calls them. What one fails at is logged and not repeated. */
export function mailReaders(deployment: Deployment, lambdas: LambdaPool, log: Log): TellOfMail {
  const { templates, read, resolve } = deployment;
  const subscriptions = templates.resources('AWS::SNS::Subscription').flatMap((resource) => {
    const { Protocol } = read(resource, subscription.pick({ Protocol: true }));
    if (Protocol !== 'lambda') return [];
    const { TopicArn, Endpoint } = resource.properties;
    return { topic: resolve(TopicArn, resource.stack), functionArn: String(resolve(Endpoint, resource.stack)) };
  });
  const readers = templates.resources('AWS::SES::ConfigurationSetEventDestination').flatMap((resource) => {
    const { ConfigurationSetName, EventDestination } = read(resource, destination);
    const topicArn = EventDestination.SnsDestination?.TopicARN;
    return subscriptions
      .filter(({ topic }) => topic === topicArn)
      .map(({ functionArn }) => ({
        functionArn,
        configurationSet: ConfigurationSetName,
        types: EventDestination.MatchingEventTypes.map((type) => type.toLowerCase()),
      }));
  });
  return async (configurationSet, event) => {
    for (const reader of readers) {
      if (reader.configurationSet !== configurationSet || !reader.types.includes(event.eventType.toLowerCase()))
        continue;
      const lambda = lambdas.named(reader.functionArn);
      const result = await lambda.invoke(snsEvent(reader.functionArn, JSON.stringify(event)));
      if (!result.ok) log('ses', `${lambda.name} failed at ${event.eventType}: ${result.error.errorMessage}`);
    }
  };
}

function snsEvent(subscriptionArn: string, message: string): SNSEvent {
  return {
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: subscriptionArn,
        Sns: {
          Type: 'Notification',
          MessageId: randomUUID(),
          TopicArn: 'arn:aws:sns:us-east-1:000000000000:mail',
          Subject: 'Amazon SES Email Event Notification',
          Message: message,
          Timestamp: new Date().toISOString(),
          SignatureVersion: '1',
          Signature: '',
          SigningCertUrl: '',
          UnsubscribeUrl: '',
          MessageAttributes: {},
        },
      },
    ],
  };
}
