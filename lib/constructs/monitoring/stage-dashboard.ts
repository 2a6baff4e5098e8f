import { Dashboard, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import type { Monitoring } from './monitoring.ts';

/** Props of `StageDashboard`. */
export interface StageDashboardProps {
  readonly config: StageConfig;
  readonly monitoring: Monitoring;
}

/** A dashboard of everything that the stage's monitoring watches. Create it after all calls of `watch`. */
export class StageDashboard extends Construct {
  constructor(scope: Construct, id: string, { config, monitoring }: StageDashboardProps) {
    super(scope, id);
    new Dashboard(this, 'Dashboard', {
      dashboardName: `MedBook-${config.stage}`,
      widgets: monitoring.panels.flatMap(({ title, widgets }) => [
        [new TextWidget({ markdown: `## ${title}`, width: 24, height: 1 })],
        [...widgets],
      ]),
    });
  }
}
