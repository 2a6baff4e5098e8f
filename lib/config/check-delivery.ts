import type { StageConfig } from './stages.ts';

/** Returns the errors in a stage's GitHub delivery configuration, one sentence each. */
export function findDeliveryErrors(config: StageConfig, stages: readonly StageConfig[]): string[] {
  const { stage, account, delivery } = config;
  if (delivery === undefined) return [];
  const providerStages = stages.filter((other) => other.stage !== stage && other.delivery?.createOidcProvider);
  const conflictingStage = providerStages.find((other) => account !== undefined && other.account === account);
  const rules: readonly (readonly [boolean, string])[] = [
    [
      REPOSITORY_PATTERN.test(delivery.repository),
      `delivery.repository ${JSON.stringify(delivery.repository)} is not a repository on GitHub, such as hospital/medbook`,
    ],
    [
      !delivery.diffPullRequests || !config.keepData,
      'delivery.diffPullRequests must be false where keepData is true: unreviewed code could read in the account',
    ],
    [
      conflictingStage === undefined || !delivery.createOidcProvider,
      `delivery.createOidcProvider is also true for stage ${conflictingStage?.stage} in the same account, which can have only one GitHub provider: set it to false in one of them`,
    ],
  ];
  return rules.filter(([isMet]) => !isMet).map(([, message]) => message);
}

const OPTIONAL_ID = '(?:@\\d+)?';
// Wildcards are not allowed: they would admit the workflows of other repositories.
const REPOSITORY_PATTERN = new RegExp(
  `^[A-Za-z0-9][A-Za-z0-9-]{0,38}${OPTIONAL_ID}/[A-Za-z0-9._-]{1,100}${OPTIONAL_ID}$`,
);
