import { InvokeCommand, LambdaClient, LambdaServiceException } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { invokeFunction } from '../../../bin/invoke-function.ts';

const client = new LambdaClient({ region: 'us-east-1' });
const lambda = mockClient(client);
let reports: string[];

beforeEach(() => {
  lambda.reset();
  reports = [];
});

const invoke = (waitSeconds = 1) =>
  invokeFunction(client, {
    name: 'create-admin',
    payload: { email: 'a@clinic.example' },
    report: (message) => reports.push(message),
    waitSeconds,
    pollSeconds: 0.001,
  });

const createError = (name: string) =>
  new LambdaServiceException({ name, message: 'The function is inactive.', $fault: 'client', $metadata: {} });

it('invokes the live version with the payload', async () => {
  lambda.on(InvokeCommand).resolves({ StatusCode: 200 });
  await invoke();
  expect(lambda.calls()).toHaveLength(1);
  expect(lambda.call(0).args[0].input).toEqual({
    FunctionName: 'create-admin',
    Qualifier: 'live',
    Payload: '{"email":"a@clinic.example"}',
  });
  expect(reports).toEqual([]);
});

it('waits while Lambda activates an idle function, and reports it once', async () => {
  lambda
    .on(InvokeCommand)
    .rejectsOnce(createError('ResourceNotReadyException'))
    .rejectsOnce(createError('CodeArtifactUserPendingException'))
    .resolves({ StatusCode: 200 });
  await invoke();
  expect(lambda.calls()).toHaveLength(3);
  expect(reports).toEqual([expect.stringContaining('create-admin was idle')]);
});

it('fails if the function is still not active after the time', async () => {
  lambda.on(InvokeCommand).rejects(createError('ResourceNotReadyException'));
  await expect(invoke(0.003)).rejects.toThrow('The function is inactive.');
});

it('does not repeat an invocation that failed for another reason', async () => {
  lambda.on(InvokeCommand).rejects(createError('AccessDeniedException'));
  await expect(invoke()).rejects.toThrow('The function is inactive.');
  expect(lambda.calls()).toHaveLength(1);
});
