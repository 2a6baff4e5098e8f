import { randomUUID } from 'node:crypto';
import { UpdateUserAttributesCommand, VerifyUserAttributeCommand } from '@aws-sdk/client-cognito-identity-provider';
import { profile } from '@medbook/contract/profile';
import { expect, it } from 'vitest';
import { resignToken } from '../support/aws/forged-token.ts';
import { callApi } from '../support/http/call-api.ts';
import { expectSuccess } from '../support/http/expect-response.ts';
import { connectUserPool, createPatients } from '../support/system/logins.ts';
import { extractSecret, findNewestEmail } from '../support/system/mailbox.ts';

it('a new email address of the login replaces that of the profile with the first token after its verification', async () => {
  const [token = ''] = await createPatients(1);
  const readProfile = async (accessToken = token) =>
    expectSuccess(await callApi('GET /me', { token: accessToken }), 200, profile);
  const before = await readProfile();

  const email = `${randomUUID()}@example.com`;
  const { client } = connectUserPool();
  const UserAttributes = [{ Name: 'email', Value: email }];
  await client.send(new UpdateUserAttributesCommand({ AccessToken: token, UserAttributes }));
  expect(await readProfile(issueLater(token, 1))).toEqual(before);

  const Code = extractSecret(await findNewestEmail(email));
  await client.send(new VerifyUserAttributeCommand({ AccessToken: token, AttributeName: 'email', Code }));
  expect(await readProfile()).toEqual(before);
  expect(await readProfile(issueLater(token, 2))).toEqual({ ...before, email });
  expect(await readProfile()).toEqual({ ...before, email });
});

/** Returns the token as Cognito would issue it some seconds later. */
function issueLater(token: string, seconds: number): string {
  const { iat } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  return resignToken(token, { claims: { iat: iat + seconds } });
}
