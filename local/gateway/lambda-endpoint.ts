import type { IncomingMessage, ServerResponse } from 'node:http';
import { type LambdaPool, NoSuchFunction } from './lambda-pool.ts';
import { listen, type RunningServer } from './listen.ts';
import { readBody } from './request-body.ts';

/**
 * Serves Lambda's `Invoke` on 127.0.0.1, for what calls functions by itself: the user pool with its triggers.
 * A function that fails is a 200 with `X-Amz-Function-Error`, as on AWS.
 */
export function startLambdaEndpoint(lambdas: LambdaPool, port: number): Promise<RunningServer> {
  return listen((request, response) => {
    serve(lambdas, request, response).catch((error: unknown) => {
      if (error instanceof NoSuchFunction) refuse(response, 404, 'ResourceNotFoundException', error.message);
      else if (error instanceof SyntaxError) refuse(response, 400, 'InvalidRequestContentException', error.message);
      else refuse(response, 500, 'ServiceException', String(error));
    });
  }, port);
}

async function serve(lambdas: LambdaPool, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  const name = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(?:\?|$)/.exec(request.url ?? '')?.[1];
  if (request.method !== 'POST' || name === undefined)
    return refuse(
      response,
      404,
      'UnknownOperationException',
      'Only POST /2015-03-31/functions/<name>/invocations exists.',
    );
  const lambda = lambdas.named(decodeURIComponent(name));
  const result = await lambda.invoke(JSON.parse(body.length === 0 ? '{}' : body.toString()));
  if (!result.ok) response.setHeader('X-Amz-Function-Error', 'Unhandled');
  response.setHeader('X-Amz-Executed-Version', '$LATEST');
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(result.ok ? result.payload : result.error));
}

function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'x-amzn-ErrorType': type });
  response.end(JSON.stringify({ Type: status < 500 ? 'User' : 'Service', Message: message }));
}
