import { randomUUID } from 'node:crypto';
import type { SNSEvent } from 'aws-lambda';
import * as z from 'zod';
import type { LambdaPool } from '../lambda/lambda-pool.ts';
import type { Log } from '../log.ts';
import type { Deployment } from '../templates/deployment.ts';

const eventDestinationSchema = z.object({
  ConfigurationSetName: z.string(),
  EventDestination: z.object({
    MatchingEventTypes: z.array(z.string()),
    SnsDestination: z.object({ TopicARN: z.string() }).optional(),
  }),
});
const subscriptionSchema = z.object({ Protocol: z.string(), TopicArn: z.unknown(), Endpoint: z.unknown() });

/** An SES event, as far as the choice of subscribers needs it. */
export interface PublishedSesEvent {
  readonly eventType: string;
}

/** Publishes an SES event of an email to the subscribed functions. */
export type PublishSesEvent = (configurationSet: string, event: PublishedSesEvent) => Promise<void>;

/** Returns a publisher that invokes, as SNS does, the functions that the templates subscribe to SES events. A failure is logged and not retried. */
export function createSesEventPublisher(deployment: Deployment, lambdas: LambdaPool, log: Log): PublishSesEvent {
  const { templates, read, resolve } = deployment;
  const subscriptions = templates.getResources('AWS::SNS::Subscription').flatMap((resource) => {
    const { Protocol } = read(resource, subscriptionSchema.pick({ Protocol: true }));
    if (Protocol !== 'lambda') return [];
    const { TopicArn, Endpoint } = resource.properties;
    return { topic: resolve(TopicArn, resource.stack), functionArn: String(resolve(Endpoint, resource.stack)) };
  });
  const subscribers = templates.getResources('AWS::SES::ConfigurationSetEventDestination').flatMap((resource) => {
    const { ConfigurationSetName, EventDestination } = read(resource, eventDestinationSchema);
    const topicArn = EventDestination.SnsDestination?.TopicARN;
    return subscriptions
      .filter(({ topic }) => topic === topicArn)
      .map(({ functionArn }) => ({
        functionArn,
        configurationSet: ConfigurationSetName,
        eventTypes: EventDestination.MatchingEventTypes.map((type) => type.toLowerCase()),
      }));
  });
  return async (configurationSet, event) => {
    for (const subscriber of subscribers) {
      if (
        subscriber.configurationSet !== configurationSet ||
        !subscriber.eventTypes.includes(event.eventType.toLowerCase())
      )
        continue;
      const lambda = lambdas.get(subscriber.functionArn);
      const result = await lambda.invoke(createSnsEvent(subscriber.functionArn, JSON.stringify(event)));
      if (!result.ok) log('ses', `${lambda.name} failed to process ${event.eventType}: ${result.error.errorMessage}`);
    }
  };
}

function createSnsEvent(subscriptionArn: string, message: string): SNSEvent {
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
