/**
 * Which file may import which: `npm run imports`. What no import shows (where SQL, `statusCode` and `process.env` may
 * occur) is in test/unit/repository/source-rules.test.ts.
 */

const ENTRY = '^lambdas/entry/';
const CONTRACT_FILE = '\\.contract\\.ts$';
/** A package in node_modules, or its name when only its types are installed. */
const packages = (...names) => `(^|/)node_modules/(@types/)?(${names.join('|')})/`;

/** Files whose results depend on their arguments alone. source-rules.test.ts reads this list too. */
export const PURE = [
  '^packages/contract/',
  '^lambdas/shared/(command-outcome|env|refusal-error)\\.ts$',
  '^lambdas/shared/http/(caller|etag|http-response|page)\\.ts$',
  '^lambdas/migrations/(checksum|plan-migration|script-name|statements)\\.ts$',
  '^lambdas/notifications/notification\\.ts$',
  '^lambdas/.*\\.contract\\.ts$',
];

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

export default {
  forbidden: [
    rule(
      'no-unresolved',
      'An import that leads nowhere fails only when it is loaded.',
      {},
      { couldNotResolve: true, pathNot: '^aws-lambda$' },
    ),
    rule(
      'no-cycles',
      'In a cycle, the values that a module sees depend on which file is loaded first.',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    rule(
      'contract-imports-schemas-only',
      'Functions, synthesis and the web app load the contract: it has no AWS, no DOM and no Node.',
      { path: '^packages/contract/' },
      { pathNot: ['^packages/contract/', packages('zod', 'libphonenumber-js')] },
    ),
    rule(
      'web-imports-packages-only',
      'The web app reaches MedBook by HTTP alone.',
      { path: '^web/' },
      { path: '^(bin|lambdas|lib|local|migrations|test)/' },
    ),
    rule(
      'synthesis-imports-contracts-only',
      'Synthesis must not load the code of a function, which reads its environment and connects.',
      { path: '^(bin|lib)/' },
      { path: '^lambdas/', pathNot: `^lambdas/(entry/[\\w-]+|shared/(keep-alive|metrics))${CONTRACT_FILE}` },
    ),
    rule(
      'functions-do-not-import-synthesis',
      'A function is deployed without the CDK, the local parts and the tests.',
      { path: '^lambdas/' },
      { path: ['^(bin|lib|local|test)/', packages('aws-cdk-lib', 'constructs')] },
    ),
    rule(
      'shared-imports-no-noun',
      'Nouns depend on shared code, never the other way round.',
      { path: '^lambdas/shared/' },
      { path: '^lambdas/', pathNot: '^lambdas/shared/' },
    ),
    rule(
      'only-entries-import-handlers',
      'A noun does not depend on its HTTP handlers: an entry file combines them.',
      { path: '^lambdas/', pathNot: ENTRY },
      { path: '-handlers\\.ts$' },
    ),
    rule(
      'entries-are-not-imported',
      'Loading an entry file starts a function.',
      {},
      { path: ENTRY, pathNot: CONTRACT_FILE },
    ),
    rule(
      'one-file-imports-pg',
      'Connections, timeouts and retries are in one place.',
      { path: '^(bin|lambdas|lib)/', pathNot: '^lambdas/shared/database\\.ts$' },
      { path: packages('pg') },
    ),
    rule(
      'one-file-imports-ioredis',
      'The circuit breaker and the renewal of tokens are in one place.',
      { path: '^(bin|lambdas|lib)/', pathNot: '^lambdas/shared/cache\\.ts$' },
      { path: packages('ioredis') },
    ),
    rule(
      'one-file-imports-libphonenumber',
      'Its metadata adds 118 KB to the bundle of each function that imports it.',
      { path: '^(bin|lambdas|lib|packages)/', pathNot: '^packages/contract/phone\\.ts$' },
      { path: packages('libphonenumber-js') },
    ),
    rule(
      'few-files-import-phone',
      'Only functions that accept phone numbers carry the metadata.',
      { path: '^(bin|lambdas|lib|packages)/', pathNot: '^packages/contract/(new-clinic|new-doctor|profile)\\.ts$' },
      { path: '^packages/contract/phone\\.ts$' },
    ),
    rule(
      'entry-contracts-are-schemas',
      'Synthesis loads them, so they import nothing that runs.',
      { path: `^lambdas/.*${CONTRACT_FILE}` },
      { pathNot: [packages('zod'), '^lambdas/shared/env\\.ts$', '^packages/contract/'] },
    ),
    rule(
      'pure-files-import-pure-files',
      'Rules of the domain are tested without a clock, a database or a network.',
      { path: PURE },
      {
        pathNot: [...PURE, packages('zod', 'libphonenumber-js'), '^(node:)?zlib$'],
        dependencyTypesNot: ['type-only'],
      },
    ),
  ],
  required: [],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
