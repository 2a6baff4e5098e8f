import type { StageConfig } from './stages.ts';

/** What a stage would share with another one, and one of the two would lose. All other names carry the stage's. */
export function faultsOfNeighbours(config: StageConfig, stages: readonly StageConfig[]): string[] {
  const others = stages.filter(({ stage }) => stage !== config.stage);
  return Object.entries(OWN).flatMap(([what, read]) => {
    const value = read(config);
    const taken = others.filter((other) => value !== undefined && read(other) === value);
    return taken.map(({ stage }) => `${what} ${value} is also that of stage ${stage}: each needs its own`);
  });
}

const OWN: Record<string, (config: StageConfig) => string | undefined> = {
  'apiDomain.name': ({ apiDomain }) => apiDomain?.name,
  'mail.domain': ({ mail }) => mail?.domain,
};
