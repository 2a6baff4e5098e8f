import type { StageConfig } from './stages.ts';

/** Returns an error for each unique value that another stage has too. All other names contain the stage's name. */
export function duplicateValues(config: StageConfig, stages: readonly StageConfig[]): string[] {
  const others = stages.filter(({ stage }) => stage !== config.stage);
  return Object.entries(UNIQUE_FIELDS).flatMap(([field, readField]) => {
    const value = readField(config);
    const duplicates = others.filter((other) => value !== undefined && readField(other) === value);
    return duplicates.map(({ stage }) => `${field} ${value} is also used by stage ${stage}: choose another one`);
  });
}

const UNIQUE_FIELDS: Record<string, (config: StageConfig) => string | undefined> = {
  'apiDomain.name': ({ apiDomain }) => apiDomain?.name,
  'email.domain': ({ email }) => email?.domain,
};
