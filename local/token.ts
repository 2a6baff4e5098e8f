import * as cognito from '@aws-sdk/client-cognito-identity-provider';
import { type LocalState, readState } from './system/local-state.ts';

const [email, passwordArgument] = process.argv.slice(2);
try {
  if (!email) throw new Error('Specify an account: npm run --silent token -- <email> [password]');
  console.log(await fetchAccessToken(readState(), email, passwordArgument));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/**
 * Signs in to the running local system and returns an access token. Demo accounts need no password argument. Another address may be in
 * both user pools: the password decides, and if it is the same, the patient signs in.
 */
async function fetchAccessToken(state: LocalState, email: string, password: string | undefined): Promise<string> {
  const { userPoolClientId, staffUserPoolClientId, accounts } = state;
  const account = accounts.find((account) => account.email === email);
  if (account) {
    const clientId = account.role === 'patient' ? userPoolClientId : staffUserPoolClientId;
    return signIn(state, clientId, email, password ?? account.password);
  }
  if (!password)
    throw new Error(
      `${email} is not a demo account: pass its password too, or use one of ${accounts.map((account) => account.email).join(', ')}.`,
    );
  return signIn(state, userPoolClientId, email, password).catch((error: unknown) => {
    if (!(error instanceof Error && error.cause instanceof cognito.NotAuthorizedException)) throw error;
    return signIn(state, staffUserPoolClientId, email, password);
  });
}

async function signIn(
  { cognitoEndpoint, region }: LocalState,
  ClientId: string,
  email: string,
  password: string,
): Promise<string> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new cognito.CognitoIdentityProviderClient({ endpoint: cognitoEndpoint, region, credentials });
  const AuthParameters = { USERNAME: email, PASSWORD: password };
  const { AuthenticationResult, ChallengeName } = await client
    .send(new cognito.InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId, AuthParameters }))
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
