import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Construct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import type { Monitoring } from './monitoring.ts';

export interface BudgetProps {
  readonly config: StageConfig;
  readonly monitoring: Monitoring;
}

/** What a stage may cost in a month. Its spending is told by the tag `Stage`, which must be a cost-allocation tag of the account. */
export class Budget extends Construct {
  constructor(scope: Construct, id: string, { config, monitoring }: BudgetProps) {
    super(scope, id);
    const subscribers = [{ subscriptionType: 'SNS', address: monitoring.topic.topicArn }];
    new CfnBudget(this, 'Monthly', {
      budget: {
        budgetName: `MedBook-${config.stage}`,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: config.monthlyBudget, unit: 'USD' },
        costFilters: { TagKeyValue: [`user:Stage$${config.stage}`] },
      },
      notificationsWithSubscribers: LIMITS.map((limit) => ({
        notification: { comparisonOperator: 'GREATER_THAN', thresholdType: 'PERCENTAGE', ...limit },
        subscribers,
      })),
    });
  }
}

const LIMITS = [
  { notificationType: 'ACTUAL', threshold: 80 },
  { notificationType: 'FORECASTED', threshold: 100 },
];
