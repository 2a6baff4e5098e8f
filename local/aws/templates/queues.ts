import * as z from 'zod';
import type { QueueDefinition } from '../../sqs/sqs.ts';
import type { Deployment } from './deployment.ts';
import type { Templates } from './templates.ts';

const queueSchema = z.object({
  QueueName: z.string().optional(),
  VisibilityTimeout: z.number().optional(),
  RedrivePolicy: z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.number() }).optional(),
});

/** Returns the queues of the templates, dead-letter queues before the queues that use them. */
export function readQueues({ templates, read, resolve }: Deployment): QueueDefinition[] {
  const queues = templates.getResources('AWS::SQS::Queue').map((resource) => {
    const { VisibilityTimeout, RedrivePolicy } = read(resource, queueSchema);
    const { deadLetterTargetArn = '', maxReceiveCount = 0 } = RedrivePolicy ?? {};
    return {
      name: String(resolve({ 'Fn::GetAtt': [resource.logicalId, 'QueueName'] }, resource.stack)),
      ...(VisibilityTimeout !== undefined && { visibilityTimeoutSeconds: VisibilityTimeout }),
      ...(RedrivePolicy && { deadLetter: { queueName: deadLetterTargetArn.split(':').at(-1) ?? '', maxReceiveCount } }),
    };
  });
  return queues.sort((one, other) => Number('deadLetter' in one) - Number('deadLetter' in other));
}

/** Returns the URLs of the queues by `LogicalId.Ref`, to resolve references in the templates. */
export function getQueueRefs(templates: Templates, toQueueUrl: (queueName: string) => string): Record<string, string> {
  const queues = templates.getResources('AWS::SQS::Queue');
  return Object.fromEntries(
    queues.map(({ logicalId, properties: { QueueName } }) => [
      `${logicalId}.Ref`,
      toQueueUrl(typeof QueueName === 'string' ? QueueName : logicalId),
    ]),
  );
}
