import { randomUUID } from 'node:crypto';
import { UpdateUserAttributesCommand, VerifyUserAttributeCommand } from '@aws-sdk/client-cognito-identity-provider';
import { profile } from '@medbook/contract/profile';
import { expect, it } from 'vitest';
import { callApi } from '../support/http/call-api.ts';
import { expectSuccess } from '../support/http/expect-response.ts';
import { connectUserPool, createPatients } from '../support/system/logins.ts';
import { extractSecret, findNewestEmail } from '../support/system/mailbox.ts';

it('a new email address of the login replaces that of the profile after its verification', async () => {
  const [token = ''] = await createPatients(1);
  const readProfile = async () => expectSuccess(await callApi('GET /me', { token }), 200, profile);
  const before = await readProfile();

  const email = `${randomUUID()}@example.com`;
  const { client } = connectUserPool();
  const UserAttributes = [{ Name: 'email', Value: email }];
  await client.send(new UpdateUserAttributesCommand({ AccessToken: token, UserAttributes }));
  expect(await readProfile()).toEqual(before);

  const Code = extractSecret(await findNewestEmail(email));
  await client.send(new VerifyUserAttributeCommand({ AccessToken: token, AttributeName: 'email', Code }));
  expect(await readProfile()).toEqual({ ...before, email });
});
