import * as cognito from '@aws-sdk/client-cognito-identity-provider';
import { readState } from './state.ts';

const [email, givenPassword] = process.argv.slice(2);
try {
  if (!email) throw new Error('Name the account: npm run --silent token -- <email> [password]');
  console.log(await accessToken(email, givenPassword));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** Signs in at the running local system. The password of a demo account is known. */
async function accessToken(email: string, password: string | undefined): Promise<string> {
  const { cognitoEndpoint, region, userPoolClientId, accounts } = readState();
  const known = accounts.find((account) => account.email === email)?.password;
  if (!password && !known)
    throw new Error(
      `${email} is no demo account: give the password too, or use one of ${accounts.map((account) => account.email).join(', ')}.`,
    );
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new cognito.CognitoIdentityProviderClient({ endpoint: cognitoEndpoint, region, credentials });
  const { AuthenticationResult, ChallengeName } = await client
    .send(
      new cognito.InitiateAuthCommand({
        AuthFlow: 'USER_PASSWORD_AUTH',
        ClientId: userPoolClientId,
        AuthParameters: { USERNAME: email, PASSWORD: password ?? known ?? '' },
      }),
    )
    .catch((cause: unknown) => {
      const reason =
        cause instanceof cognito.CognitoIdentityProviderServiceException
          ? cause.message
          : `nothing answers at ${cognitoEndpoint}; is npm start running?`;
      throw new Error(`${email} cannot sign in: ${reason}`, { cause });
    });
  if (!AuthenticationResult?.AccessToken) throw new Error(`${email} has to do something first: ${ChallengeName}.`);
  return AuthenticationResult.AccessToken;
}
