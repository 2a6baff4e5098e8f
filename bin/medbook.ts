import { App } from 'aws-cdk-lib';
import { getStageConfig } from '../lib/config/stages.ts';
import { addNagChecks } from '../lib/nag/add-nag-checks.ts';
import { createStacks } from '../lib/stacks/create-stacks.ts';

const app = new App();
createStacks(app, getStageConfig(app.node.tryGetContext('stage')));
addNagChecks(app);
