import { App } from 'aws-cdk-lib';
import { configureFirstDeployment } from '../lib/config/first-deployment.ts';
import { parseFlag } from '../lib/config/parse-flag.ts';
import { getStageConfig } from '../lib/config/stages.ts';
import { addNagChecks } from '../lib/nag/add-nag-checks.ts';
import { createStacks } from '../lib/stacks/create-stacks.ts';

const app = new App();
const getContext = (name: string): unknown => app.node.tryGetContext(name);
const config = getStageConfig(getContext('stage'), getContext('size'));
createStacks(app, {
  ...configureFirstDeployment(config, getContext('firstDeployment')),
  ignoreRolloutAlarms: parseFlag('ignoreRolloutAlarms', getContext('ignoreRolloutAlarms')),
  keepIpv6Egress: parseFlag('keepIpv6Egress', getContext('keepIpv6Egress')),
});
addNagChecks(app);
