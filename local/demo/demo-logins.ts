import * as cognito from '@aws-sdk/client-cognito-identity-provider';
import type { Pool } from '@medbook/contract/access';
import { DEMO_ACCOUNTS, DEMO_PASSWORD } from './demo-clinics-and-accounts.ts';

/** A demo account with the `sub` of its user in its user pool. */
export type DemoLogin = (typeof DEMO_ACCOUNTS)[number] & { readonly sub: string };

/** Creates the demo accounts in their user pools unless they exist, sets their password and groups, and returns them. */
export async function createDemoLogins(
  endpoint: string,
  region: string,
  userPoolIds: Readonly<Record<Pool, string>>,
): Promise<DemoLogin[]> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new cognito.CognitoIdentityProviderClient({ endpoint, region, credentials });
  const logins: DemoLogin[] = [];
  for (const account of DEMO_ACCOUNTS) {
    const userPoolId = userPoolIds[account.role === 'patient' ? 'patients' : 'staff'];
    logins.push({ ...account, sub: await createLogin(client, userPoolId, account) });
  }
  client.destroy();
  return logins;
}

async function createLogin(
  client: cognito.CognitoIdentityProviderClient,
  UserPoolId: string,
  { email, name, role }: (typeof DEMO_ACCOUNTS)[number],
): Promise<string> {
  const user = { UserPoolId, Username: email };
  const attributes = { email, name, email_verified: 'true' };
  try {
    await client.send(
      new cognito.AdminCreateUserCommand({
        ...user,
        MessageAction: 'SUPPRESS',
        UserAttributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
      }),
    );
  } catch (error) {
    if (!(error instanceof cognito.UsernameExistsException)) throw error;
  }
  await client.send(new cognito.AdminSetUserPasswordCommand({ ...user, Password: DEMO_PASSWORD, Permanent: true }));
  await client.send(new cognito.AdminAddUserToGroupCommand({ ...user, GroupName: role }));
  const { UserAttributes } = await client.send(new cognito.AdminGetUserCommand(user));
  const sub = UserAttributes?.find(({ Name }) => Name === 'sub')?.Value;
  if (!sub) throw new Error(`Cognito returned no sub for ${email}.`);
  return sub;
}
