import { Stack } from 'aws-cdk-lib';
import { type ILogGroup, LogGroup, QueryDefinition, QueryString } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import { ClinicFunction } from '../functions/clinic-function.ts';

/** The Logs Insights queries that the runbook uses, on the functions' logs, saved under `MedBook-<stage>/`. */
export class LogQueries extends Construct {
  constructor(scope: Construct, id: string, { config }: { readonly config: StageConfig }) {
    super(scope, id);
    const logGroups = findFunctionLogGroups(Stack.of(this));
    for (const [name, query] of Object.entries(LOG_QUERIES)) {
      new QueryDefinition(this, name, {
        queryDefinitionName: `MedBook-${config.stage}/${name}`,
        queryString: new QueryString(query),
        logGroups,
      });
    }
  }
}

const REQUEST_FILTER = "message = 'request'";
const LOG_QUERIES = {
  Errors: {
    fields: ['@timestamp', 'message', 'requestId', 'error.name', 'error.code', 'error.stack'],
    filterStatements: ["level = 'ERROR'"],
  },
  'One request': { fields: ['@timestamp', '@message'], filterStatements: ["requestId = 'PUT THE REQUEST ID HERE'"] },
  'Responses by route': {
    filterStatements: [REQUEST_FILTER],
    statsStatements: ['count(*) as requests by route, status'],
    sort: 'requests desc',
  },
  'Slow routes': {
    filterStatements: [REQUEST_FILTER],
    statsStatements: ['count(*) as requests, pct(milliseconds, 50) as p50, pct(milliseconds, 99) as p99 by route'],
    sort: 'p99 desc',
  },
  'Cold starts': {
    filterStatements: ["type = 'platform.report'"],
    statsStatements: [
      'count(record.metrics.initDurationMs) as starts, max(record.metrics.initDurationMs) as longest by bin(1h)',
    ],
  },
} satisfies Readonly<Record<string, ConstructorParameters<typeof QueryString>[0]>>;

function findFunctionLogGroups(stack: Stack): ILogGroup[] {
  return stack.node
    .findAll()
    .filter((part) => part instanceof LogGroup)
    .filter((group) => group.node.scope instanceof ClinicFunction);
}
