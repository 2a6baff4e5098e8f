import type { Stack } from 'aws-cdk-lib';
import type { IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct, type IConstruct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import { ClinicFunction } from '../clinic-function.ts';
import { AlarmTopic } from './alarm-topic.ts';
import { nameOf, RuleAlarm } from './rule-alarm.ts';
import { watchAccounts } from './watch-accounts.ts';
import { watchApi } from './watch-api.ts';
import { serviceName, watchBookings } from './watch-bookings.ts';
import { watchCache } from './watch-cache.ts';
import { watchDatabase, watchProxy } from './watch-database.ts';
import { watchFunction } from './watch-function.ts';
import { watchJob } from './watch-job.ts';
import { watchNotifications } from './watch-notifications.ts';
import { watchQueue } from './watch-queue.ts';
import { watchWebAcl } from './watch-web-acl.ts';
import type { Watcher } from './watched.ts';

/** In the order of the dashboard: the business on top, the parts below. */
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
  watchCache,
];

/** What the dashboard shows of one part. */
export interface Panel {
  readonly title: string;
  readonly widgets: readonly IWidget[];
}

/**
 * Who is told when something is wrong. Each stack registers with it, and with the stack every part that is of a kind known here:
 * none can be left out by forgetting it. An alarm lies in the stack of the part that it watches.
 */
export class Monitoring extends Construct {
  /** Where alarms go, and what else a person must hear of. */
  readonly topic: ITopic;
  private readonly config: StageConfig;
  private readonly found = WATCHERS.map((): Panel[] => []);

  constructor(scope: Construct, id: string, { config }: { readonly config: StageConfig }) {
    super(scope, id);
    this.config = config;
    this.topic = new AlarmTopic(this, 'Topic', { config }).topic;
  }

  /** What was registered so far, in the order of the dashboard. */
  get panels(): readonly Panel[] {
    return this.found.flat();
  }

  /** Registers all parts of a stack. To be called when they are there: last in the stack's constructor. */
  watch(stack: Stack): void {
    const parts = stack.node.findAll();
    const alarms = parts.flatMap((part) => WATCHERS.flatMap((watcher, kind) => this.register(part, watcher, kind)));
    for (const part of parts.filter((one) => one instanceof ClinicFunction)) {
      part.function.addEnvironment('POWERTOOLS_SERVICE_NAME', serviceName(this.config));
      part.rollBackOn(...alarms.filter((alarm) => speaksAgainst(part, alarm)));
    }
  }

  private register(part: IConstruct, watcher: Watcher, kind: number): RuleAlarm[] {
    const watched = watcher(part, this.config);
    if (!watched) return [];
    const { alarms, widgets } = watched;
    if (widgets.length > 0) this.found[kind]?.push({ title: nameOf(part), widgets });
    return alarms.map(([rule, measure]) => {
      const alarm = new RuleAlarm(part, rule, measure);
      alarm.addAlarmAction(new SnsAction(this.topic));
      alarm.addOkAction(new SnsAction(this.topic));
      return alarm;
    });
  }
}

/** A new version of a function is taken back for its own errors, and for faults that the API's callers see. */
function speaksAgainst(version: ClinicFunction, alarm: RuleAlarm): boolean {
  return alarm.rule === 'API faults' || (alarm.rule === 'Function errors' && alarm.node.scopes.includes(version));
}
