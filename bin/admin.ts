import { parseArgs } from 'node:util';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { createAdminFunctionName, type NewAdmin, newAdmin } from '../lambdas/entry/create-admin.contract.ts';
import { readState } from '../local/state.ts';

const USAGE = `npm run admin -- create <email> [--clinic <clinicId>] [--stage dev|staging|prod]

Makes somebody an admin, of one clinic or of the whole platform: a login, invited by e-mail, and the right.
Without --stage at the system that npm start runs here (in the folder MEDBOOK_FOLDER, if it was started with one); with it at a
deployed stage, with your AWS credentials.`;

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
  const client = values.stage ? new LambdaClient({}) : localClient();
  await createAdmin(client, values.stage ?? 'dev', admin.data);
  console.log(`${email} is an admin now.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function localClient(): LambdaClient {
  const { lambdaEndpoint: endpoint, region } = readState();
  return new LambdaClient({ endpoint, region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
}

/** Calls the function that only operators may call: the database is reached from inside the network alone. */
async function createAdmin(client: LambdaClient, stage: string, admin: NewAdmin): Promise<void> {
  const FunctionName = createAdminFunctionName(stage);
  const { FunctionError, Payload } = await client.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(admin) }),
  );
  if (FunctionError)
    throw new Error(`${FunctionName} refused: ${JSON.parse(Payload?.transformToString() ?? '{}').errorMessage}`);
}
