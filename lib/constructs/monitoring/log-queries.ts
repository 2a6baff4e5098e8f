import { Stack } from 'aws-cdk-lib';
import { type ILogGroup, LogGroup, QueryDefinition, QueryString } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { StageConfig } from '../../config/stages.ts';
import { ClinicFunction } from '../clinic-function.ts';

/** The questions that the runbook asks of the functions' logs, saved in Logs Insights under `MedBook-<stage>/`. */
export class LogQueries extends Construct {
  constructor(scope: Construct, id: string, { config }: { readonly config: StageConfig }) {
    super(scope, id);
    const logGroups = logGroupsOf(Stack.of(this));
    for (const [name, query] of Object.entries(QUERIES)) {
      new QueryDefinition(this, name, {
        queryDefinitionName: `MedBook-${config.stage}/${name}`,
        queryString: new QueryString(query),
        logGroups,
      });
    }
  }
}

const ofRequests = "message = 'request'";
const QUERIES = {
  Faults: {
    fields: ['@timestamp', 'message', 'requestId', 'fault.name', 'fault.code', 'fault.stack'],
    filterStatements: ["level = 'ERROR'"],
  },
  'One request': { fields: ['@timestamp', '@message'], filterStatements: ["requestId = 'PUT THE REQUEST ID HERE'"] },
  'Answers by route': {
    filterStatements: [ofRequests],
    statsStatements: ['count(*) as requests by route, status'],
    sort: 'requests desc',
  },
  'Slow routes': {
    filterStatements: [ofRequests],
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

function logGroupsOf(stack: Stack): ILogGroup[] {
  return stack.node
    .findAll()
    .filter((part) => part instanceof LogGroup)
    .filter((group) => group.node.scope instanceof ClinicFunction);
}
