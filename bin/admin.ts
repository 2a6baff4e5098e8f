import { parseArgs } from 'node:util';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { getCreateAdminFunctionName, newAdmin } from '../lambdas/entry/create-admin.contract.ts';
import { readState } from '../local/system/local-state.ts';
import { invokeFunction } from './invoke-function.ts';

const USAGE = `npm run admin -- create <email> [--clinic <clinicId>] [--stage dev|staging|prod]

Makes a user an admin of one clinic (--clinic) or of the whole platform. A user without a login gets one, and an invitation by email.
Without --stage, the command uses the local system started with npm start (from the folder MEDBOOK_FOLDER, if it is set). With --stage,
it uses a deployed stage and your AWS credentials.`;

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { clinic: { type: 'string' }, stage: { type: 'string' } },
  });
  const [command, email, ...rest] = positionals;
  if (command !== 'create' || !email || rest.length > 0) throw new Error(USAGE);
  const admin = newAdmin.safeParse({ email, clinicId: values.clinic });
  if (!admin.success)
    throw new Error(admin.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'));
  const client = values.stage ? new LambdaClient({}) : createLocalClient();
  // A function does it, because the database is reachable only from inside the network.
  const name = getCreateAdminFunctionName(values.stage ?? 'dev');
  await invokeFunction(client, { name, payload: admin.data, report: console.error });
  console.log(`${email} is an admin now.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function createLocalClient(): LambdaClient {
  const { lambdaEndpoint: endpoint, region } = readState();
  return new LambdaClient({ endpoint, region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
}
