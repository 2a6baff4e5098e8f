import type { StageConfig } from './stages.ts';

/** What is wrong with who may deploy a stage from GitHub, in sentences: found before anything is created. */
export function faultsOfDelivery(config: StageConfig, stages: readonly StageConfig[]): string[] {
  const { stage, account, delivery } = config;
  if (delivery === undefined) return [];
  const makers = stages.filter((other) => other.stage !== stage && other.delivery?.makesProvider);
  const rival = makers.find((other) => account !== undefined && other.account === account);
  const rules: readonly (readonly [boolean, string])[] = [
    [
      REPOSITORY.test(delivery.repository),
      `delivery.repository ${JSON.stringify(delivery.repository)} is not a repository on GitHub, such as hospital/medbook`,
    ],
    [
      !delivery.comparesPullRequests || !config.keepData,
      'delivery.comparesPullRequests lets code that nobody has looked at read in the account, where data is kept: take it away',
    ],
    [
      rival === undefined || !delivery.makesProvider,
      `delivery.makesProvider is also true for stage ${rival?.stage} in the same account, which knows GitHub once: one of them`,
    ],
  ];
  return rules.filter(([holds]) => !holds).map(([, fault]) => fault);
}

const NUMBER = '(?:@\\d+)?';
// No pattern passes: with one, the workflows of others would be let in.
const REPOSITORY = new RegExp(`^[A-Za-z0-9][A-Za-z0-9-]{0,38}${NUMBER}/[A-Za-z0-9._-]{1,100}${NUMBER}$`);
