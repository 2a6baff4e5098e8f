import { expect, test } from 'vitest';
import { readStageNeeds } from '../../bin/preflight/stage-needs.ts';
import { getStageConfig, type StageConfig } from '../../lib/config/stages.ts';

test('a stage with a proxy, endpoints, snapshots and reserved concurrency needs them', () => {
  const config: StageConfig = { ...getStageConfig('prod'), account: '111111111111' };
  const needs = readStageNeeds(config);
  expect(needs).toMatchObject({
    config,
    hasProxy: true,
    hasBackups: true,
    elasticIps: 0,
    database: { engine: 'aurora-postgresql', instanceClass: 'db.serverless', capacity: config.databaseCapacity },
    bootstrap: { parameter: '/cdk-bootstrap/hnb659fds/version', version: 6 },
  });
  expect(needs.database.version).toMatch(/^\d+\.\d+$/);
  expect(needs.reservedConcurrency).toBeGreaterThan(0);
  expect(needs.endpoints).toContainEqual({ service: 'sqs', zones: config.availabilityZones });
});

test('a stage without names of zones needs endpoints in its first zones, by number', () => {
  const config: StageConfig = { ...getStageConfig('prod'), region: undefined, availabilityZones: undefined };
  expect(readStageNeeds({ ...config, endpointZones: 2 }).endpoints).toContainEqual({ service: 'sqs', zones: [0, 1] });
});

test('a stage without snapshots and reserved concurrency does not need them', () => {
  const config: StageConfig = { ...getStageConfig('dev'), snapshots: undefined, reserveConcurrency: false };
  expect(readStageNeeds(config)).toMatchObject({ hasBackups: false, reservedConcurrency: 0 });
});
