import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { getStageConfig } from '../../lib/config/stages.ts';
import { insertTables, listComparedConfigs } from '../../lib/cost/cost-document.ts';
import { estimateCost } from '../../lib/cost/estimate-cost.ts';
import { listResources } from '../../lib/cost/resources.ts';
import { findResources, PROJECT, STAGES, synthesizeConfig, synthesizeStage } from './synthesize-stage.ts';

const HOURS = 730;
/** The most that a size may cost at rest, in US dollars a month (docs/cost.md). */
const AIMS = { trial: 60, clinic: 150, network: 775 };

type Synthesized = ReturnType<typeof synthesizeConfig>;

function estimate({ assembly }: Pick<Synthesized, 'assembly'>) {
  const templates = assembly.stacks.map(({ stackName, template }) => [stackName, template]);
  return estimateCost(listResources(Object.fromEntries(templates)), 0);
}

const stages = STAGES.map((stage) => [stage, synthesizeStage(stage)] as const);
// The larger sizes of dev, whose stages above have other settings too.
const others = (['clinic', 'network'] as const).map(
  (size) => [`dev as ${size}`, synthesizeConfig(getStageConfig('dev', size))] as const,
);

describe.each([...stages, ...others])('the cost of %s', (_, synthesized) => {
  const { config, templates } = synthesized;
  const all = Object.values(templates);
  const { atRest, total } = estimate(synthesized);
  const getQuantity = (what: string) => atRest.find((line) => line.what === what)?.quantity ?? 0;

  test('counts the capacity, nodes, proxies and zones of the configuration', () => {
    const instances = 1 + config.readers;
    expect(getQuantity('Aurora, minimum capacity')).toBe(instances * config.databaseCapacity.min * HOURS);
    expect(getQuantity('RDS Proxy, minimum for each instance')).toBe(config.databaseProxy ? instances * 8 * HOURS : 0);
    expect(getQuantity(`ElastiCache, ${config.cache.nodeType}`)).toBe(config.cache.nodes * HOURS);
    expect(getQuantity('interface endpoints') % (config.endpointZones * HOURS || 1)).toBe(0);
    expect(getQuantity('interface endpoints') > 0).toBe(config.endpointZones > 0);
  });

  test.each([
    ['keys', 'AWS::KMS::Key'],
    ['web ACLs', 'AWS::WAFv2::WebACL'],
    ['dashboards', 'AWS::CloudWatch::Dashboard'],
    ['composite alarms', 'AWS::CloudWatch::CompositeAlarm'],
  ])('counts as many %s as the templates have', (what, type) => {
    const inOtherRegion = what === 'keys' && config.recovery ? 1 : 0;
    expect(getQuantity(what)).toBe(findResources(type, ...all).length + inOtherRegion);
  });

  test('counts each metric that an alarm reads', () => {
    const counts = findResources('AWS::CloudWatch::Alarm', ...all).map(({ MetricName, Metrics }) =>
      MetricName ? 1 : Metrics.filter((metric: object) => 'MetricStat' in metric).length,
    );
    expect(getQuantity('alarms, by their metrics')).toBe(counts.reduce((sum, count) => sum + count, 0));
  });

  test('is within the aim of its size at rest', () => {
    expect(total).toBeLessThanOrEqual(AIMS[config.size]);
  });
});

test('docs/cost.md has the costs of the templates: npm run cost -- --write', () => {
  const document = readFileSync(join(PROJECT, 'docs/cost.md'), 'utf8');
  const estimates = listComparedConfigs().map((config) => {
    const isOwnSize = config.size === getStageConfig(config.stage).size;
    return { config, estimate: estimate(isOwnSize ? synthesizeStage(config.stage) : synthesizeConfig(config)) };
  });
  expect(insertTables(document, estimates)).toBe(document);
});
