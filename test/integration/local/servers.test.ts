import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  InitiateAuthCommand,
  ResendConfirmationCodeCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import * as z from 'zod';
import { type CognitoOptions, startCognito } from '../../../local/cognito/cognito.ts';
import type { CognitoMessage } from '../../../local/cognito/cognito-messages.ts';
import { listen } from '../../../local/http/listen.ts';
import { startMessageCatcher } from '../../../local/messages/message-catcher.ts';
import { startPostgres } from '../../../local/postgres/postgres.ts';
import { findProcess, isSameProcess } from '../../../local/process/process-identity.mjs';
import { startRedis } from '../../../local/redis/redis.ts';
import { getQueueUrl, startSqs } from '../../../local/sqs/sqs.ts';
import { ensureLocalCertificate, type LocalCertificate } from '../../../local/tls/local-certificate.ts';

const CREDENTIALS = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

let directory: string;
let tls: LocalCertificate;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'local-parts-'));
  // PostgreSQL does not run as root. Without access to this directory, its data would be elsewhere and would not be deleted.
  await chmod(directory, 0o711);
  tls = await ensureLocalCertificate(join(directory, 'tls'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('the certificate', () => {
  test('is created once and reused', async () => {
    expect(await ensureLocalCertificate(join(directory, 'tls'))).toEqual(tls);
  });
});

describe('PostgreSQL', () => {
  const start = (name: string) => startPostgres({ directory: join(directory, name), tls, durable: false });

  test('accepts every role over TLS, and refuses connections without TLS', async () => {
    const postgres = await start('tls-only');
    onTestFinished(() => postgres.stop());
    expect(await query(postgres.url, 'select ssl from pg_stat_ssl where pid = pg_backend_pid()')).toEqual([
      { ssl: true },
    ]);
    await query(postgres.url, 'create role patient_api login');
    const urlWithToken = postgres.url.replace('postgres@', 'patient_api:any-token@');
    expect(await query(urlWithToken, 'select current_user::text as role')).toEqual([{ role: 'patient_api' }]);
    const [urlWithoutTls = ''] = postgres.url.split('?');
    await expect(query(urlWithoutTls, 'select 1')).rejects.toThrow('no encryption');
  });

  test('runs once per directory, and still has its data after a restart', async () => {
    const first = await start('twice');
    await query(first.url, 'create table kept as select 7 as answer');
    await expect(start('twice')).rejects.toThrow(`is in use by the running process ${process.pid}`);
    await first.stop();
    const second = await start('twice');
    onTestFinished(() => second.stop());
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 7 }]);
  });

  test('ends with the process that started it, also after kill -9', async () => {
    const { parent, pid } = await startInChildProcess('orphan');
    const server = findProcess(pid);
    parent.kill('SIGKILL');
    await expect.poll(() => server && isSameProcess(server), { timeout: 5000 }).toBe(false);
  });

  test.runIf(process.platform === 'linux')('is stopped by the next start if its parent process is gone', async () => {
    const { parent, pid } = await startInChildProcess('left-behind');
    await killParentAndGuard(parent, pid);
    const server = findProcess(pid);
    expect(server).toBeDefined();
    const next = await start('left-behind');
    onTestFinished(() => next.stop());
    expect(server && isSameProcess(server)).toBe(false);
    expect(await query(next.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('reports its own error message if it cannot start', async () => {
    const other = await start('port-taken');
    onTestFinished(() => other.stop());
    const starting = startPostgres({ directory: join(directory, 'no-port'), tls, durable: false, port: other.port });
    await expect(starting).rejects.toThrow(/PostgreSQL ended.*Address already in use/s);
  });

  async function startInChildProcess(name: string): Promise<{ parent: ChildProcess; pid: number }> {
    const script = `
      import { startPostgres } from ${JSON.stringify(new URL('../../../local/postgres/postgres.ts', import.meta.url).href)};
      const options = ${JSON.stringify({ directory: join(directory, name), tls, durable: false })};
      console.log((await startPostgres(options)).pid);`;
    const args = ['--input-type=module', '-e', script];
    const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [output] = await once(parent.stdout, 'data');
    const server = findProcess(Number(output));
    onTestFinished(() => {
      if (server && isSameProcess(server)) process.kill(server.pid, 'SIGKILL');
    });
    return { parent, pid: Number(output) };
  }

  /** Kills the parent, and first its guard process, which would stop the server. */
  async function killParentAndGuard(parent: ChildProcess, server: number): Promise<void> {
    const children = await readFile(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8');
    const guardPids = children
      .trim()
      .split(' ')
      .map(Number)
      .filter((child) => child !== server);
    for (const pid of guardPids) process.kill(pid, 'SIGKILL');
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  }
});

describe('Redis', () => {
  test('returns a reason instead of throwing if it is not installed', async () => {
    vi.stubEnv('PATH', '/nowhere');
    vi.stubEnv('REDIS_URL', undefined);
    onTestFinished(() => void vi.unstubAllEnvs());
    const cacheDirectory = join(directory, 'redis-cache');
    const redis = await startRedis({ directory: join(directory, 'redis'), cacheDirectory, tls });
    expect(redis).toMatchObject({ url: undefined, reason: expect.stringContaining('set REDIS_URL') });
  });
});

const confirmationEvent = z.object({
  triggerSource: z.string(),
  request: z.object({ userAttributes: z.record(z.string(), z.string()) }),
});

describe('the user pools', () => {
  const password = 'Correct-Horse-9';
  const messages: CognitoMessage[] = [];
  const events: z.infer<typeof confirmationEvent>[] = [];
  const clientId = 'local-web-client';
  const userPoolId = 'us-east-1_LocalPool1';
  const staff = { userPoolId: 'us-east-1_LocalStaff', clientId: 'local-staff-client' };
  let options: CognitoOptions;

  beforeAll(async () => {
    const lambda = await listen(async (request, response) => {
      events.push(confirmationEvent.parse(JSON.parse(await text(request))));
      response.end('{}');
    }, 0);
    options = {
      directory: join(directory, 'cognito'),
      pools: { patients: { userPoolId, clientId }, staff },
      onMessage: (message) => messages.push(message),
      postConfirmation: () => ({ endpoint: lambda.url, functionName: 'post-confirmation' }),
    };
    return () => lambda.stop();
  });

  test('signs users up, confirms them by a code, and issues tokens that the production verifier accepts', async () => {
    const cognito = await startCognito(options);
    const client = new CognitoIdentityProviderClient({ endpoint: cognito.endpoint, ...CREDENTIALS });
    const email = 'ana@example.com';
    await client.send(
      new SignUpCommand({
        ClientId: clientId,
        Username: email,
        Password: password,
        UserAttributes: [{ Name: 'email', Value: email }],
      }),
    );
    expect(messages).toMatchObject([{ channel: 'email', to: email, text: expect.stringMatching(/ \d{6}$/) }]);
    await expect(signIn(client, email, password)).rejects.toThrow('User is not confirmed');
    await client.send(new ResendConfirmationCodeCommand({ ClientId: clientId, Username: email }));

    const code = messages.at(-1)?.text.slice(-6);
    const confirm = (ConfirmationCode: string | undefined) =>
      client.send(new ConfirmSignUpCommand({ ClientId: clientId, Username: email, ConfirmationCode }));
    await expect(confirm('wrong')).rejects.toMatchObject({ name: 'CodeMismatchException' });
    await confirm(code);
    expect(events).toMatchObject([
      {
        triggerSource: 'PostConfirmation_ConfirmSignUp',
        request: { userAttributes: { email, email_verified: 'true', 'cognito:user_status': 'CONFIRMED' } },
      },
    ]);

    await client.send(
      new AdminAddUserToGroupCommand({ UserPoolId: userPoolId, Username: email, GroupName: 'patient' }),
    );
    const tokens = await signIn(client, email, password);
    const verifier = CognitoJwtVerifier.create({ userPoolId, clientId, tokenUse: 'access' });
    verifier.cacheJwks(JSON.parse(await (await fetch(cognito.jwksUrl)).text()));
    const claims = await verifier.verify(tokens?.AccessToken ?? '');
    expect(claims['cognito:groups']).toEqual(['patient']);
    expect(claims.exp - claims.iat).toBe(3600);
    expect(tokens?.ExpiresIn).toBe(3600);
    client.destroy();
    await cognito.stop();
  });

  test('still has its users after a restart, and refuses requests as AWS does', async () => {
    const cognito = await startCognito(options);
    onTestFinished(() => cognito.stop());
    const client = new CognitoIdentityProviderClient({ endpoint: cognito.endpoint, ...CREDENTIALS });
    expect(await signIn(client, 'ana@example.com', password)).toHaveProperty('AccessToken');
    const refused = { name: 'NotAuthorizedException', message: 'Incorrect username or password.' };
    await expect(signIn(client, 'ana@example.com', 'Wrong-Horse-9')).rejects.toMatchObject(refused);
    await expect(signIn(client, 'nobody@example.com', password)).rejects.toMatchObject(refused);
    const weak = new SignUpCommand({ ClientId: clientId, Username: 'bo@example.com', Password: 'short' });
    await expect(client.send(weak)).rejects.toMatchObject({ name: 'InvalidPasswordException' });
    client.destroy();
  });

  test('confirms the user and returns an error if the post-confirmation function fails', async () => {
    const failing = await listen((_request, response) => {
      response.setHeader('X-Amz-Function-Error', 'Unhandled').end('{"errorMessage":"no database"}');
    }, 0);
    const postConfirmation = () => ({ endpoint: failing.url, functionName: 'post-confirmation' });
    const cognito = await startCognito({ ...options, postConfirmation });
    onTestFinished(async () => void (await Promise.all([cognito.stop(), failing.stop()])));
    const client = new CognitoIdentityProviderClient({ endpoint: cognito.endpoint, ...CREDENTIALS });
    const user = { ClientId: clientId, Username: 'cy@example.com' };
    await client.send(new SignUpCommand({ ...user, Password: password }));
    const confirmation = new ConfirmSignUpCommand({ ...user, ConfirmationCode: messages.at(-1)?.text.slice(-6) });
    await expect(client.send(confirmation)).rejects.toMatchObject({ name: 'UserLambdaValidationException' });
    expect(await signIn(client, user.Username, password)).toHaveProperty('AccessToken');
    client.destroy();
  });

  test('of staff refuse sign-ups, have their own users with the same addresses, and issue tokens with their own issuer', async () => {
    const cognito = await startCognito(options);
    onTestFinished(() => cognito.stop());
    const client = new CognitoIdentityProviderClient({ endpoint: cognito.endpoint, ...CREDENTIALS });
    const email = 'ana@example.com';
    await expect(
      client.send(new SignUpCommand({ ClientId: staff.clientId, Username: email, Password: password })),
    ).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: 'SignUp is not permitted for this user pool',
    });
    const user = { UserPoolId: staff.userPoolId, Username: email };
    await client.send(new AdminCreateUserCommand({ ...user, MessageAction: 'SUPPRESS' }));
    await client.send(new AdminSetUserPasswordCommand({ ...user, Password: 'Other-Horse-9', Permanent: true }));
    await client.send(new AdminAddUserToGroupCommand({ ...user, GroupName: 'doctor' }));
    const tokens = await signIn(client, email, 'Other-Horse-9', staff.clientId);
    await expect(signIn(client, email, 'Other-Horse-9')).rejects.toThrow('Incorrect username or password');
    const verifier = CognitoJwtVerifier.create({ ...staff, tokenUse: 'access' });
    verifier.cacheJwks(JSON.parse(await (await fetch(cognito.jwksUrl)).text()));
    expect((await verifier.verify(tokens?.AccessToken ?? ''))['cognito:groups']).toEqual(['doctor']);
    client.destroy();
  });

  async function signIn(
    client: CognitoIdentityProviderClient,
    USERNAME: string,
    PASSWORD: string,
    ClientId = clientId,
  ) {
    const AuthParameters = { USERNAME, PASSWORD };
    const command = new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters });
    return (await client.send(command)).AuthenticationResult;
  }
});

describe('the queues', () => {
  test('move a message that is not deleted to the dead-letter queue', async () => {
    const deadLetter = { queueName: 'notifications-dead', maxReceiveCount: 2 };
    const sqs = await startSqs();
    await sqs.createQueue({ name: 'notifications-dead' });
    await sqs.createQueue({ name: 'notifications', deadLetter, visibilityTimeoutSeconds: 0 });
    const client = new SQSClient({ endpoint: sqs.endpoint, ...CREDENTIALS });
    onTestFinished(async () => {
      client.destroy();
      await sqs.stop();
    });
    const toUrl = (name: string) => getQueueUrl(sqs.endpoint, name);
    const receive = async (name: string) =>
      (await client.send(new ReceiveMessageCommand({ QueueUrl: toUrl(name), WaitTimeSeconds: 0 }))).Messages;
    await client.send(new SendMessageCommand({ QueueUrl: toUrl('notifications'), MessageBody: '{"id":1}' }));
    expect(await receive('notifications')).toHaveLength(1);
    expect(await receive('notifications')).toHaveLength(1);
    expect(await receive('notifications')).toBeUndefined();
    expect(await receive('notifications-dead')).toMatchObject([{ Body: '{"id":1}' }]);
  });
});

describe('the mail catcher', () => {
  test('shows emails and SMS, newest first, and escapes their contents', async () => {
    const mail = await startMessageCatcher();
    const client = new SESv2Client({ endpoint: mail.sesEndpoint, ...CREDENTIALS });
    onTestFinished(async () => {
      client.destroy();
      await mail.stop();
    });
    const { MessageId } = await client.send(
      new SendEmailCommand({
        FromEmailAddress: 'clinic@example.com',
        Destination: { ToAddresses: ['ana@example.com'] },
        EmailTags: [{ Name: 'notification', Value: 'n-1' }],
        Content: {
          Simple: {
            Subject: { Data: '<script>alert(1)</script>' },
            Body: { Text: { Data: 'Tomorrow at 10' }, Html: { Data: '<b onclick="x">Tomorrow</b>' } },
            Attachments: [{ FileName: 'visit.ics', RawContent: Buffer.from('BEGIN:VCALENDAR') }],
          },
        },
      }),
    );
    const Data = Buffer.from(
      'From: clinic@example.com\r\nTo: bo@example.com\r\nSubject: =?utf-8?Q?Ol=C3=A1?=\r\n\r\nraw',
    );
    await client.send(new SendEmailCommand({ Content: { Raw: { Data } } }));
    const sms = new URLSearchParams({ Action: 'Publish', PhoneNumber: '+15550100', Message: 'Tomorrow <10>' });
    const published = await fetch(mail.snsEndpoint, { method: 'POST', body: sms });
    expect(await published.text()).toMatch(/<MessageId>[0-9a-f-]{36}<\/MessageId>/);
    mail.deliver({ channel: 'email', to: 'cy@example.com', subject: 'Your verification code', text: 'It is 123456' });

    const messages = await (await fetch(`${mail.pageUrl}/messages`)).json();
    expect(messages).toMatchObject([
      { channel: 'email', to: ['cy@example.com'], text: 'It is 123456' },
      { channel: 'sms', to: ['+15550100'], text: 'Tomorrow <10>' },
      { channel: 'email', to: ['bo@example.com'], subject: 'Olá' },
      { id: MessageId, channel: 'email', to: ['ana@example.com'], tags: { notification: 'n-1' } },
    ]);
    const page = await (await fetch(mail.pageUrl)).text();
    expect(page).toContain('&lt;script&gt;');
    expect(page).toContain('srcdoc="&lt;b onclick=&quot;x&quot;&gt;Tomorrow&lt;/b&gt;"');
    expect(page).not.toContain('<script');
    const attachment = await fetch(`${mail.pageUrl}/messages/${MessageId}/attachments/0`);
    expect(await attachment.text()).toBe('BEGIN:VCALENDAR');
    const unsent = client.send(new SendEmailCommand({ FromEmailAddress: 'clinic@example.com', Content: {} }));
    await expect(unsent).rejects.toMatchObject({ name: 'BadRequestException' });
  });
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
