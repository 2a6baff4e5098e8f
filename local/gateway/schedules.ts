import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Deployment } from './deployment.ts';
import { intervalMs } from './schedule-expression.ts';

/** A schedule of the templates with the function that it runs. */
export interface Schedule {
  readonly name: string;
  readonly functionArn: string;
  readonly intervalMs: number;
  /** What the function is given in a run that was due at `time`. */
  event(time: Date): unknown;
}

const target = z.object({ Arn: z.string(), Input: z.string().optional() });
const scheduleSchema = z.object({ ScheduleExpression: z.string(), State: z.string().default('ENABLED') });
const ruleSchema = z.object({ ScheduleExpression: z.string().optional(), State: z.string().default('ENABLED') });

/** The enabled schedules of EventBridge Scheduler and of EventBridge rules. Rules that wait for events are none. */
export function readSchedules({ templates, read, region, accountId }: Deployment): readonly Schedule[] {
  const ofScheduler = templates.resources('AWS::Scheduler::Schedule').flatMap((resource) => {
    const { ScheduleExpression, State } = read(resource, scheduleSchema);
    if (State !== 'ENABLED') return [];
    const { Arn, Input } = read(resource, target, resource.properties.Target);
    return [schedule(resource.logicalId, ScheduleExpression, Arn, Input, 'aws.scheduler')];
  });
  const ofRules = templates.resources('AWS::Events::Rule').flatMap((resource) => {
    const { ScheduleExpression, State } = read(resource, ruleSchema);
    if (State !== 'ENABLED' || ScheduleExpression === undefined) return [];
    return z
      .array(z.unknown())
      .parse(resource.properties.Targets ?? [])
      .map((one) => read(resource, target, one))
      .map(({ Arn, Input }) => schedule(resource.logicalId, ScheduleExpression, Arn, Input, 'aws.events'));
  });
  return [...ofScheduler, ...ofRules];

  function schedule(name: string, expression: string, functionArn: string, input: string | undefined, source: string) {
    const event = (time: Date): unknown =>
      input === undefined ? defaultEvent(name, source, time) : JSON.parse(filled(input, name, time));
    return { name, functionArn, intervalMs: intervalMs(expression), event };
  }

  function defaultEvent(name: string, source: string, time: Date) {
    return {
      version: '0',
      id: randomUUID(),
      'detail-type': 'Scheduled Event',
      source,
      account: accountId,
      time: seconds(time),
      region,
      resources: [`arn:aws:${source.slice(4)}:${region}:${accountId}:${name}`],
      detail: {},
    };
  }
}

/** EventBridge Scheduler's own words in an input. */
function filled(input: string, name: string, time: Date): string {
  return input
    .replaceAll('<aws.scheduler.scheduled-time>', seconds(time))
    .replaceAll('<aws.scheduler.schedule-arn>', name)
    .replaceAll('<aws.scheduler.execution-id>', randomUUID())
    .replaceAll('<aws.scheduler.attempt-number>', '1');
}

function seconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
