import { DefaultStackSynthesizer, type Stack } from 'aws-cdk-lib';

/** Returns the qualifier in the names of what `cdk bootstrap` created. */
export function getBootstrapQualifier({ synthesizer }: Stack): string {
  return synthesizer.bootstrapQualifier ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
}
