import * as cognito from '@aws-sdk/client-cognito-identity-provider';
import { readState } from './system/local-state.ts';

const [email, passwordArgument] = process.argv.slice(2);
try {
  if (!email) throw new Error('Specify an account: npm run --silent token -- <email> [password]');
  console.log(await fetchAccessToken(email, passwordArgument));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** Signs in to the running local system and returns an access token. Demo accounts need no password argument. */
async function fetchAccessToken(email: string, password: string | undefined): Promise<string> {
  const { cognitoEndpoint, region, userPoolClientId, accounts } = readState();
  const demoPassword = accounts.find((account) => account.email === email)?.password;
  if (!password && !demoPassword)
    throw new Error(
      `${email} is not a demo account: pass its password too, or use one of ${accounts.map((account) => account.email).join(', ')}.`,
    );
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new cognito.CognitoIdentityProviderClient({ endpoint: cognitoEndpoint, region, credentials });
  const { AuthenticationResult, ChallengeName } = await client
    .send(
      new cognito.InitiateAuthCommand({
        AuthFlow: 'USER_PASSWORD_AUTH',
        ClientId: userPoolClientId,
        AuthParameters: { USERNAME: email, PASSWORD: password ?? demoPassword ?? '' },
      }),
    )
    .catch((cause: unknown) => {
      const reason =
        cause instanceof cognito.CognitoIdentityProviderServiceException
          ? cause.message
          : `no response from ${cognitoEndpoint}. Start MedBook with npm start`;
      throw new Error(`${email} cannot sign in: ${reason}`, { cause });
    });
  if (!AuthenticationResult?.AccessToken)
    throw new Error(`${email} must complete a challenge first: ${ChallengeName}.`);
  return AuthenticationResult.AccessToken;
}
