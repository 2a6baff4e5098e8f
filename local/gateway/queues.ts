import * as z from 'zod';
import type { QueueOptions } from '../sqs.ts';
import type { Deployment } from './deployment.ts';
import type { Templates } from './templates.ts';

const properties = z.object({
  QueueName: z.string().optional(),
  VisibilityTimeout: z.number().optional(),
  RedrivePolicy: z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.number() }).optional(),
});

/** The queues of the templates, each after the one that its dead letters go to. */
export function readQueues({ templates, read, resolve }: Deployment): QueueOptions[] {
  const queues = templates.resources('AWS::SQS::Queue').map((resource) => {
    const { VisibilityTimeout, RedrivePolicy } = read(resource, properties);
    const { deadLetterTargetArn = '', maxReceiveCount = 0 } = RedrivePolicy ?? {};
    return {
      name: String(resolve({ 'Fn::GetAtt': [resource.logicalId, 'QueueName'] }, resource.stack)),
      ...(VisibilityTimeout !== undefined && { visibilityTimeoutSeconds: VisibilityTimeout }),
      ...(RedrivePolicy && { deadLetter: { queueName: deadLetterTargetArn.split(':').at(-1) ?? '', maxReceiveCount } }),
    };
  });
  return queues.sort((one, other) => Number('deadLetter' in one) - Number('deadLetter' in other));
}

/** The addresses of the queues, for references in the templates: `LogicalId.Ref` to each. */
export function queueRefs(templates: Templates, urlOf: (queueName: string) => string): Record<string, string> {
  const queues = templates.resources('AWS::SQS::Queue');
  return Object.fromEntries(
    queues.map(({ logicalId, properties: { QueueName } }) => [
      `${logicalId}.Ref`,
      urlOf(typeof QueueName === 'string' ? QueueName : logicalId),
    ]),
  );
}
