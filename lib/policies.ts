import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks, ServerlessChecks } from 'cdk-nag';
import { OwnRules } from './policies/own-rules.ts';

/** Refuses to synthesize what breaks a rule of these packs, or one of our own, without a reason given beside the construct. */
export function checkPolicies(app: App): void {
  Validations.of(app).addPlugins(...policyPacks(), new OwnRules());
}

/** The packs of rules, by others, that hold for every stack of every stage. */
export function policyPacks() {
  return [new AwsSolutionsChecks(), new HIPAASecurityChecks(), new ServerlessChecks()];
}
