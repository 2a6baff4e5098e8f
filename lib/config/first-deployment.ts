import { parseFlag } from './parse-flag.ts';
import type { StageConfig } from './stages.ts';

/**
 * Returns the configuration of a stage without deletion protection if `flag`, the context value `firstDeployment`, is
 * true. Otherwise CloudFormation could not delete what a failed first deployment has created, and the stage could not be
 * deployed again under its name. The next deployment, without the flag, protects it.
 * @throws if the flag is neither true, false nor absent
 */
export function configureFirstDeployment(config: StageConfig, flag: unknown): StageConfig {
  return parseFlag('firstDeployment', flag) ? { ...config, deletionProtection: false } : config;
}
