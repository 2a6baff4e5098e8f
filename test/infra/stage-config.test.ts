import { describe, expect, test } from 'vitest';
import { checkStage } from '../../lib/config/check-stage.ts';
import { getStageConfig, type StageConfig } from '../../lib/config/stages.ts';
import { STAGES } from './synthesize-stage.ts';

const staging = getStageConfig('staging');
const zone = { id: 'Z0123456789ABC', name: 'medbook.example' };
const checkWithChange = (change: Partial<StageConfig>) => () => checkStage({ ...staging, ...change });

test.each(STAGES)('stage %s has valid origins, domains and addresses', (stage) => {
  expect(() => checkStage(getStageConfig(stage))).not.toThrow();
});

test('a stage can have a custom domain for the API, in a hosted zone', () => {
  expect(checkWithChange({ apiDomain: { name: 'api.medbook.example', zone } })).not.toThrow();
});

describe.each([
  [
    'an origin',
    'corsOrigins',
    ['medbook.example', 'https://medbook.example/', 'HTTPS://medbook.example', 'http://medbook.example', ''].map(
      (origin) => ({ corsOrigins: [origin] }),
    ),
  ],
  ['the origins', 'corsOrigins', [{ corsOrigins: [] }, { corsOrigins: ['*', 'https://medbook.example'] }]],
  [
    'a domain of the API',
    'apiDomain.name',
    ['api', 'api_1.medbook.example', '-a.medbook.example', 'api.medbook.example.', 'api.other.example'].map((name) => ({
      apiDomain: { name, zone },
    })),
  ],
  [
    'a zone',
    'apiDomain.zone.id',
    [{ apiDomain: { name: 'api.medbook.example', zone: { ...zone, id: '/hostedzone/Z1' } } }],
  ],
  [
    'an email domain',
    'email.domain',
    ['medbook', 'https://medbook.example', 'med book.example'].map((domain) => ({
      email: { domain, from: `a@${domain}`, useForUserPool: true },
    })),
  ],
  ['a share of traces', 'apiTraceRate', [{ apiTraceRate: -0.1 }, { apiTraceRate: 5 }, { apiTraceRate: Number.NaN }]],
  [
    'a sender',
    'email.from',
    ['no-reply', 'no-reply@other.example', '@medbook.example', 'a b@medbook.example'].map((from) => ({
      email: { domain: 'medbook.example', from, useForUserPool: true },
    })),
  ],
])('an invalid setting (%s)', (_, name, changes) => {
  test.each(changes.map((change) => [JSON.stringify(change), change] as const))(
    'is refused before synthesis: %s',
    (_, change) => {
      expect(checkWithChange(change)).toThrow(
        new RegExp(`Stage staging in lib/config/stages\\.ts:\\n(- .*\\n)*- ${name.replaceAll('.', '\\.')}`),
      );
    },
  );
});
