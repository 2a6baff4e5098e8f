import * as cognito from '@aws-sdk/client-cognito-identity-provider';
import { ACCOUNTS, DEMO_PASSWORD } from './demo-people.ts';

export type DemoLogin = (typeof ACCOUNTS)[number] & { readonly sub: string };

/** Makes the demo accounts in the user pool, with their groups and their password; finds those that are there. */
export async function makeDemoLogins(endpoint: string, region: string, userPoolId: string): Promise<DemoLogin[]> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new cognito.CognitoIdentityProviderClient({ endpoint, region, credentials });
  const logins: DemoLogin[] = [];
  for (const account of ACCOUNTS) logins.push({ ...account, sub: await makeLogin(client, userPoolId, account) });
  client.destroy();
  return logins;
}

async function makeLogin(
  client: cognito.CognitoIdentityProviderClient,
  UserPoolId: string,
  { email, name, role }: (typeof ACCOUNTS)[number],
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
  if (!sub) throw new Error(`Cognito gave ${email} no sub.`);
  return sub;
}
