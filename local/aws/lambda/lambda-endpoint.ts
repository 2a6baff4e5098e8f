import type { IncomingMessage, ServerResponse } from 'node:http';
import { listen, type RunningServer } from '../../http/listen.ts';
import { readBody } from '../api-gateway/read-body.ts';
import { FunctionNotFoundError, type LambdaPool } from './lambda-pool.ts';

/**
 * Serves Lambda's `Invoke` API on 127.0.0.1, for the user pool's trigger and `npm run clock`.
 * If the function fails, the response is a 200 with `X-Amz-Function-Error`, as on AWS.
 */
export function startLambdaEndpoint(lambdas: LambdaPool, port: number): Promise<RunningServer> {
  return listen((request, response) => {
    serve(lambdas, request, response).catch((error: unknown) => {
      if (error instanceof FunctionNotFoundError) sendError(response, 404, 'ResourceNotFoundException', error.message);
      else if (error instanceof SyntaxError) sendError(response, 400, 'InvalidRequestContentException', error.message);
      else sendError(response, 500, 'ServiceException', String(error));
    });
  }, port);
}

async function serve(lambdas: LambdaPool, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  const name = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(?:\?|$)/.exec(request.url ?? '')?.[1];
  if (request.method !== 'POST' || name === undefined)
    return sendError(
      response,
      404,
      'UnknownOperationException',
      'Only POST /2015-03-31/functions/<name>/invocations is supported.',
    );
  const lambda = lambdas.get(decodeURIComponent(name));
  const result = await lambda.invoke(JSON.parse(body.length === 0 ? '{}' : body.toString()));
  if (!result.ok) response.setHeader('X-Amz-Function-Error', 'Unhandled');
  response.setHeader('X-Amz-Executed-Version', '$LATEST');
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(result.ok ? result.payload : result.error));
}

function sendError(response: ServerResponse, status: number, type: string, message: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'x-amzn-ErrorType': type });
  response.end(JSON.stringify({ Type: status < 500 ? 'User' : 'Service', Message: message }));
}
