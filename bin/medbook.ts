import { App } from 'aws-cdk-lib';
import { configureFirstDeployment } from '../lib/config/first-deployment.ts';
import { getStageConfig } from '../lib/config/stages.ts';
import { addNagChecks } from '../lib/nag/add-nag-checks.ts';
import { createStacks } from '../lib/stacks/create-stacks.ts';

const app = new App();
const config = getStageConfig(app.node.tryGetContext('stage'), app.node.tryGetContext('size'));
createStacks(app, configureFirstDeployment(config, app.node.tryGetContext('firstDeployment')));
addNagChecks(app);
