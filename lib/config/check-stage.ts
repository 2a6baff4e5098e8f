import { findDeliveryErrors } from './check-delivery.ts';
import { findDomainErrors } from './check-domains.ts';
import { findOperationsErrors } from './check-operations.ts';
import { findTopologyErrors } from './check-topology.ts';
import { duplicateValues } from './duplicate-values.ts';
import { listStageConfigs, type StageConfig } from './stages.ts';

/**
 * Throws an error that lists everything wrong with a stage's configuration. Called at synthesis, before anything is
 * created.
 */
export function checkStage(config: StageConfig): void {
  const errors = [
    ...findTopologyErrors(config),
    ...duplicateValues(config, listStageConfigs()),
    ...findOperationsErrors(config),
    ...findDomainErrors(config),
    ...findDeliveryErrors(config, listStageConfigs()),
  ];
  if (errors.length === 0) return;
  throw new Error(`Stage ${config.stage} in lib/config/stages.ts:\n${errors.map((error) => `- ${error}`).join('\n')}`);
}
