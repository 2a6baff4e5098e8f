import type { Stack } from 'aws-cdk-lib';
import type { IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct, type IConstruct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import { ClinicFunction } from '../functions/clinic-function.ts';
import { ALARM_RULES, type AlarmRule } from './alarm-rules.ts';
import { AlarmTopic } from './alarm-topic.ts';
import { getServiceName } from './function-metrics.ts';
import { notifyByGroup } from './notify-by-group.ts';
import { getPartName, RunbookAlarm } from './runbook-alarm.ts';
import { watchAccounts } from './watch-accounts.ts';
import { watchApi } from './watch-api.ts';
import { watchBackup } from './watch-backup.ts';
import { watchBookings } from './watch-bookings.ts';
import { watchCache } from './watch-cache.ts';
import { watchDatabase, watchProxy } from './watch-database.ts';
import { watchFunction } from './watch-function.ts';
import { watchJob } from './watch-job.ts';
import { watchNotifications } from './watch-notifications.ts';
import { watchQueue } from './watch-queue.ts';
import { watchWebAcl } from './watch-web-acl.ts';
import type { Watcher } from './watcher.ts';

/** In the order of the dashboard: business metrics first, then the technical parts. */
const WATCHERS: readonly Watcher[] = [
  watchBookings,
  watchNotifications,
  watchApi,
  watchWebAcl,
  watchAccounts,
  watchFunction,
  watchJob,
  watchQueue,
  watchDatabase,
  watchProxy,
  watchBackup,
  watchCache,
];

/** The dashboard section of one part. */
export interface Panel {
  readonly title: string;
  readonly widgets: readonly IWidget[];
}

/**
 * Alarms and graphs for all stacks of a stage. `watch` finds every part of a monitored type, so none can be forgotten.
 * An alarm is created in the stack of the part that it watches.
 */
export class Monitoring extends Construct {
  /** The topic of alarms and budget notifications. */
  readonly topic: ITopic;
  private readonly config: StageConfig;
  private readonly panelsByWatcher = WATCHERS.map((): Panel[] => []);

  constructor(scope: Construct, id: string, { config }: { readonly config: StageConfig }) {
    super(scope, id);
    this.config = config;
    this.topic = new AlarmTopic(this, 'Topic', { config }).topic;
  }

  /** The sections of all stacks watched so far, in the order of the dashboard. */
  get panels(): readonly Panel[] {
    return this.panelsByWatcher.flat();
  }

  /** Adds alarms and graphs for all parts of a stack. Call it last in the stack's constructor, when all parts exist. */
  watch(stack: Stack): void {
    const parts = stack.node.findAll();
    const alarms = parts.flatMap((part) => WATCHERS.flatMap((watcher, index) => this.register(part, watcher, index)));
    notifyByGroup(stack, alarms, this.topic);
    for (const part of parts) {
      if (part instanceof ClinicFunction)
        part.function.addEnvironment('POWERTOOLS_SERVICE_NAME', getServiceName(this.config));
    }
  }

  private register(part: IConstruct, watcher: Watcher, watcherIndex: number): RunbookAlarm[] {
    const monitored = watcher(part, this.config);
    if (!monitored) return [];
    const { alarms, widgets } = monitored;
    if (widgets.length > 0) this.panelsByWatcher[watcherIndex]?.push({ title: getPartName(part), widgets });
    const rules: Readonly<Record<string, AlarmRule>> = ALARM_RULES;
    return alarms
      .filter(([rule]) => this.config.alarms === 'all' || rules[rule]?.pages)
      .map(([rule, measure]) => new RunbookAlarm(part, rule, measure));
  }
}
