import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks, ServerlessChecks } from 'cdk-nag';
import { MedBookValidationPlugin } from './validation-plugin.ts';

/**
 * Makes synthesis fail for each violation of these packs or of our own rules that is not acknowledged beside its
 * construct.
 */
export function addNagChecks(app: App): void {
  Validations.of(app).addPlugins(...createNagPacks(), new MedBookValidationPlugin());
}

/** Creates the rule packs of cdk-nag, which apply to every stack of every stage. */
function createNagPacks() {
  return [new AwsSolutionsChecks(), new HIPAASecurityChecks(), new ServerlessChecks()];
}
