import { App } from 'aws-cdk-lib';
import { stageConfig } from '../lib/config/stages.ts';
import { addMedBook } from '../lib/medbook.ts';
import { checkPolicies } from '../lib/policies.ts';

const app = new App();
addMedBook(app, stageConfig(app.node.tryGetContext('stage')));
checkPolicies(app);
