import { faultsOfDelivery } from './check-delivery.ts';
import { faultsOfNames } from './check-names.ts';
import { faultsOfNeighbours } from './check-neighbours.ts';
import { faultsOfOperations } from './check-operations.ts';
import { faultsOfPlace } from './check-place.ts';
import { allStages, type StageConfig } from './stages.ts';

/** Throws one error with every fault of a stage's configuration: at synthesis, before anything is created. */
export function checkStage(config: StageConfig): void {
  const faults = [
    ...faultsOfPlace(config),
    ...faultsOfNeighbours(config, allStages()),
    ...faultsOfOperations(config),
    ...faultsOfNames(config),
    ...faultsOfDelivery(config, allStages()),
  ];
  if (faults.length === 0) return;
  throw new Error(`Stage ${config.stage} in lib/config/stages.ts:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
}
