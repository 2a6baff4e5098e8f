import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { isKeepAlive } from '../../../lambdas/shared/keep-alive.contract.ts';
import type { Deployment } from '../templates/deployment.ts';
import { parseIntervalMs } from './schedule-expression.ts';

/** A schedule in the templates and the function that it runs. */
export interface Schedule {
  readonly name: string;
  readonly functionArn: string;
  readonly intervalMs: number;
  /** Returns the event for a run that was due at `time`. */
  event(time: Date): unknown;
}

const targetSchema = z.object({ Arn: z.string(), Input: z.string().optional() });
const scheduleSchema = z.object({ ScheduleExpression: z.string(), State: z.string().default('ENABLED') });
const ruleSchema = z.object({ ScheduleExpression: z.string().optional(), State: z.string().default('ENABLED') });

/**
 * Returns the enabled schedules of EventBridge Scheduler and of EventBridge rules. Rules that match events are ignored, and so are the
 * keep-alive events of functions, which no process needs here.
 */
export function readSchedules({ templates, read, region, accountId }: Deployment): readonly Schedule[] {
  const schedulerSchedules = templates.getResources('AWS::Scheduler::Schedule').flatMap((resource) => {
    const { ScheduleExpression, State } = read(resource, scheduleSchema);
    if (State !== 'ENABLED') return [];
    const { Arn, Input } = read(resource, targetSchema, resource.properties.Target);
    if (Input !== undefined && isKeepAlive(JSON.parse(Input))) return [];
    return [toSchedule(resource.logicalId, ScheduleExpression, Arn, Input, 'aws.scheduler')];
  });
  const ruleSchedules = templates.getResources('AWS::Events::Rule').flatMap((resource) => {
    const { ScheduleExpression, State } = read(resource, ruleSchema);
    if (State !== 'ENABLED' || ScheduleExpression === undefined) return [];
    return z
      .array(z.unknown())
      .parse(resource.properties.Targets ?? [])
      .map((one) => read(resource, targetSchema, one))
      .map(({ Arn, Input }) => toSchedule(resource.logicalId, ScheduleExpression, Arn, Input, 'aws.events'));
  });
  return [...schedulerSchedules, ...ruleSchedules];

  function toSchedule(
    name: string,
    expression: string,
    functionArn: string,
    input: string | undefined,
    source: string,
  ) {
    const event = (time: Date): unknown =>
      input === undefined ? defaultEvent(name, source, time) : JSON.parse(fillPlaceholders(input, name, time));
    return { name, functionArn, intervalMs: parseIntervalMs(expression), event };
  }

  function defaultEvent(name: string, source: string, time: Date) {
    return {
      version: '0',
      id: randomUUID(),
      'detail-type': 'Scheduled Event',
      source,
      account: accountId,
      time: formatSecondPrecision(time),
      region,
      resources: [`arn:aws:${source.slice(4)}:${region}:${accountId}:${name}`],
      detail: {},
    };
  }
}

/** Replaces the placeholders of EventBridge Scheduler in an input. */
function fillPlaceholders(input: string, name: string, time: Date): string {
  return input
    .replaceAll('<aws.scheduler.scheduled-time>', formatSecondPrecision(time))
    .replaceAll('<aws.scheduler.schedule-arn>', name)
    .replaceAll('<aws.scheduler.execution-id>', randomUUID())
    .replaceAll('<aws.scheduler.attempt-number>', '1');
}

function formatSecondPrecision(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
