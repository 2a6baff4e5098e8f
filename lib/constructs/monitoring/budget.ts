import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Construct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import type { Monitoring } from './monitoring.ts';

/** Props of `Budget`. */
export interface BudgetProps {
  readonly config: StageConfig;
  readonly monitoring: Monitoring;
}

/**
 * The monthly budget of a stage. It filters costs by the tag `Stage`, which must be activated as a cost-allocation tag
 * in the account.
 */
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
      notificationsWithSubscribers: BUDGET_THRESHOLDS.map((limit) => ({
        notification: { comparisonOperator: 'GREATER_THAN', thresholdType: 'PERCENTAGE', ...limit },
        subscribers,
      })),
    });
  }
}

const BUDGET_THRESHOLDS = [
  { notificationType: 'ACTUAL', threshold: 80 },
  { notificationType: 'FORECASTED', threshold: 100 },
];
