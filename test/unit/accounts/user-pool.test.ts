import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminGetUserCommand,
  CognitoIdentityProviderClient,
  InvalidParameterException,
  TooManyRequestsException,
  UserNotFoundException,
  UsernameExistsException,
} from '@aws-sdk/client-cognito-identity-provider';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectUserPool, toPoolUser } from '../../../lambdas/accounts/user-pool.ts';

vi.stubEnv('AWS_REGION', 'us-east-1');

const cognito = mockClient(CognitoIdentityProviderClient);
const pool = connectUserPool('us-east-1_Pool');
const doctor = { email: 'jane@example.com', name: 'Jane Doe' };
const toAttributes = (values: Record<string, string>) =>
  Object.entries(values).map(([Name, Value]) => ({ Name, Value }));
const userAttributes = {
  UserStatus: 'FORCE_CHANGE_PASSWORD',
  UserAttributes: toAttributes({ sub: 'sub-1', email: doctor.email, email_verified: 'true' }),
} as const;
const userExistsError = () => new UsernameExistsException({ message: 'there', $metadata: {} });

beforeEach(() => {
  cognito.reset();
  cognito.on(AdminCreateUserCommand).resolves({});
  cognito.on(AdminAddUserToGroupCommand).resolves({});
  cognito.on(AdminGetUserCommand).resolves(userAttributes);
});
afterAll(() => cognito.restore());

/** Returns the sent commands in order. */
const listSentCommands = () =>
  cognito.calls().map(({ args: [command] }) => ({ name: command.constructor.name, input: command.input }));

describe('an invited user', () => {
  it('is created with a verified address, is invited by email and is in no group', async () => {
    expect(await pool.inviteUser(doctor)).toBe('sub-1');
    const user = { UserPoolId: 'us-east-1_Pool', Username: doctor.email };
    expect(listSentCommands()).toEqual([
      {
        name: 'AdminCreateUserCommand',
        input: {
          ...user,
          DesiredDeliveryMediums: ['EMAIL'],
          UserAttributes: toAttributes({ email: doctor.email, email_verified: 'true', name: doctor.name }),
        },
      },
      { name: 'AdminGetUserCommand', input: user },
    ]);
  });

  it('is the existing user if its address is verified', async () => {
    cognito.on(AdminCreateUserCommand).rejects(userExistsError());
    expect(await pool.inviteUser(doctor)).toBe('sub-1');
    expect(cognito.commandCalls(AdminAddUserToGroupCommand)).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ['not verified', { email_verified: 'false' }],
    ['of unknown verification', {}],
    ['verified with another word', { email_verified: 'True' }],
  ])('is refused if the existing user has an address that is %s', async (_, verification) => {
    cognito.on(AdminCreateUserCommand).rejects(userExistsError());
    cognito.on(AdminGetUserCommand).resolves({
      UserStatus: 'UNCONFIRMED',
      UserAttributes: toAttributes({ sub: 'intruder', email: doctor.email, ...verification }),
    });
    await expect(pool.inviteUser(doctor)).rejects.toMatchObject({ code: 'email_in_use' });
    expect(cognito.commandCalls(AdminAddUserToGroupCommand)).toEqual([]);
  });

  it('can be invited again after a partial failure', async () => {
    const slow = new TooManyRequestsException({ message: 'slow', $metadata: {} });
    cognito.on(AdminGetUserCommand).rejects(slow);
    await expect(pool.inviteUser(doctor)).rejects.toBe(slow);
    cognito.on(AdminCreateUserCommand).rejects(userExistsError());
    cognito.on(AdminGetUserCommand).resolves(userAttributes);
    expect(await pool.inviteUser(doctor)).toBe('sub-1');
  });

  it.each([
    new InvalidParameterException({ message: 'wrong', $metadata: {} }),
    new TooManyRequestsException({ message: 'slow', $metadata: {} }),
    new TypeError('network'),
  ])('fails with the error of Cognito: $name', async (error) => {
    cognito.on(AdminCreateUserCommand).rejects(error);
    await expect(pool.inviteUser(doctor)).rejects.toBe(error);
    expect(listSentCommands()).toHaveLength(1);
  });
});

it('a user is added to a group by name', async () => {
  await pool.addToGroup(doctor.email, 'doctor');
  const input = { UserPoolId: 'us-east-1_Pool', Username: doctor.email, GroupName: 'doctor' };
  expect(listSentCommands()).toEqual([{ name: 'AdminAddUserToGroupCommand', input }]);
});

describe('a user', () => {
  it.each([
    ['CONFIRMED', true],
    ['UNCONFIRMED', false],
    ['FORCE_CHANGE_PASSWORD', false],
    ['RESET_REQUIRED', false],
  ] as const)('who is %s is confirmed: %s', async (UserStatus, isConfirmed) => {
    cognito.on(AdminGetUserCommand).resolves({ UserStatus, UserAttributes: toAttributes({ sub: 's' }) });
    expect(await pool.findUser('u')).toMatchObject({ sub: 's', isConfirmed });
  });

  it('who was deleted is undefined', async () => {
    cognito.on(AdminGetUserCommand).rejects(new UserNotFoundException({ message: 'gone', $metadata: {} }));
    await expect(pool.findUser('u')).resolves.toBeUndefined();
  });
});

describe('the attributes of a user', () => {
  const all = { sub: 's', name: ' Jane ', email: 'jane@example.com', phone_number: '+351211234567' };
  const verified = { ...all, email_verified: 'true', phone_number_verified: 'true' };

  it.each<[string, Record<string, string | undefined>, object]>([
    ['all are verified', verified, { sub: 's', name: 'Jane', email: 'jane@example.com', phone: '+351211234567' }],
    ['no verification is known', all, { sub: 's', name: 'Jane', email: null, phone: null }],
    [
      'none is verified',
      { ...all, email_verified: 'false', phone_number_verified: 'false' },
      { email: null, phone: null },
    ],
    ['only the address is verified', { ...all, email_verified: 'true' }, { email: 'jane@example.com', phone: null }],
    ['an empty address is verified', { sub: 's', email: '', email_verified: 'true' }, { email: null, name: 's' }],
    ['there is no name', { ...verified, name: undefined }, { name: 'jane' }],
    ['the name is blank', { ...verified, name: '  ' }, { name: 'jane' }],
    ['there is only a sub', { sub: 's' }, { sub: 's', name: 's', email: null, phone: null }],
  ])('%s', (_, attributes, user) => {
    expect(toPoolUser(attributes)).toMatchObject(user);
  });

  it.each([{}, { sub: '' }, { sub: undefined }])('need a sub: %j', (attributes) => {
    expect(() => toPoolUser(attributes)).toThrow('has no sub');
  });
});

it('the SDK is not loaded until the first request', () => {
  const module = fileURLToPath(new URL('../../../lambdas/accounts/user-pool.ts', import.meta.url));
  const script = `
    import { registerHooks } from 'node:module';
    let loaded = false;
    registerHooks({ resolve(specifier, context, next) {
      loaded ||= specifier.startsWith('@aws-sdk/');
      return next(specifier, context);
    } });
    const { connectUserPool } = await import(${JSON.stringify(module)});
    const pool = connectUserPool('us-east-1_Pool');
    const before = loaded;
    await pool.findUser('u').catch(() => undefined);
    console.log(JSON.stringify({ before, after: loaded }));`;
  // No server listens on this address, so the request fails at once.
  const env = {
    PATH: process.env.PATH,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_MAX_ATTEMPTS: '1',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
  };
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    env,
    timeout: 20_000,
  });
  expect(JSON.parse(output)).toEqual({ before: false, after: true });
});
