import { randomUUID } from 'node:crypto';
import { UpdateUserAttributesCommand, VerifyUserAttributeCommand } from '@aws-sdk/client-cognito-identity-provider';
import { expect, it } from 'vitest';
import { profile } from '../../lambdas/accounts/profile.ts';
import { done } from '../support/answers.ts';
import { call } from '../support/http.ts';
import { newPatients, userPool } from '../support/logins.ts';
import { newestMailTo, secretOf } from '../support/mailbox.ts';

it('the address of a profile follows that of the login, once it is verified', async () => {
  const [token = ''] = await newPatients(1);
  const me = async () => done(await call('GET /me', { token }), 200, profile);
  const before = await me();

  const email = `${randomUUID()}@example.com`;
  const { client } = userPool();
  const UserAttributes = [{ Name: 'email', Value: email }];
  await client.send(new UpdateUserAttributesCommand({ AccessToken: token, UserAttributes }));
  expect(await me()).toEqual(before);

  const Code = secretOf(await newestMailTo(email));
  await client.send(new VerifyUserAttributeCommand({ AccessToken: token, AttributeName: 'email', Code }));
  expect(await me()).toEqual({ ...before, email });
});
