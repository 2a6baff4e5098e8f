import type { StageConfig } from './stages.ts';

/**
 * Returns the configuration of a stage without deletion protection if `flag`, the context value `firstDeployment`, is
 * true. Otherwise CloudFormation could not delete what a failed first deployment has created, and the stage could not be
 * deployed again under its name. The next deployment, without the flag, protects it.
 * @throws if the flag is neither true, false nor absent
 */
export function configureFirstDeployment(config: StageConfig, flag: unknown): StageConfig {
  if (!FLAGS.has(flag)) {
    throw new Error(
      `The context value firstDeployment is ${JSON.stringify(flag)}. Write -c firstDeployment=true or omit it.`,
    );
  }
  return FLAGS.get(flag) ? { ...config, deletionProtection: false } : config;
}

// The command line passes text, cdk.json a boolean.
const FLAGS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  ['true', true],
  [false, false],
  ['false', false],
  [undefined, false],
]);
