// The process of one function instance. Plain JavaScript, because type stripping would add 40 ms to each cold start.
import { pathToFileURL } from 'node:url';

/** @import { Invocation, InvokeResult } from './lambda-instance.ts' */

// The parent may be killed; an instance must not outlive it.
process.on('disconnect', () => process.exit());
// Ctrl-C reaches the whole process group, but the parent decides when its instances end.
process.on('SIGINT', () => {});

const [, , file = '', handlerName = ''] = process.argv;
const handler = await load();

/** @param {Invocation} invocation */
process.on('message', async ({ requestId, traceId, event, deadline, functionArn }) => {
  process.env._X_AMZN_TRACE_ID = traceId;
  sendResult(await run(event, createContext(requestId, deadline, functionArn)));
});
sendResult({ ok: true, payload: null });

async function load() {
  try {
    const module = await import(pathToFileURL(file).href);
    const exported = module[handlerName] ?? module.default?.[handlerName];
    if (typeof exported === 'function') return exported;
    throw Object.assign(new Error(`${handlerName} is undefined or not exported`), { name: 'Runtime.HandlerNotFound' });
  } catch (error) {
    process.send?.(toErrorResult(error), () => process.exit(1));
    return new Promise(() => {});
  }
}

async function run(event, context) {
  try {
    return { ok: true, payload: (await handler(event, context)) ?? null };
  } catch (error) {
    return toErrorResult(error);
  }
}

/** @param {InvokeResult} result */
function sendResult(result) {
  try {
    process.send?.(result);
  } catch (error) {
    const errorMessage = `Unable to stringify response body: ${error}`;
    process.send?.({ ok: false, error: { errorType: 'Runtime.MarshalError', errorMessage, trace: [] } });
  }
}

/** Converts a thrown value to Lambda's error object and logs it, as Lambda does. */
function toErrorResult(thrown) {
  const error =
    thrown instanceof Error
      ? { errorType: thrown.name, errorMessage: thrown.message, trace: String(thrown.stack).split('\n') }
      : { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  console.error(thrown instanceof Error ? thrown : `Invoke Error: ${error.errorMessage}`);
  return { ok: false, error };
}

function createContext(awsRequestId, deadline, invokedFunctionArn) {
  return {
    awsRequestId,
    invokedFunctionArn,
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}
