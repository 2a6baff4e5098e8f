import type { Lambda } from '../lambda/lambda-pool.ts';
import { GatewayError } from './gateway-error.ts';
import type { Integration } from './integration.ts';
import { createProxyEvent, type ProxyEventOptions } from './proxy-event.ts';
import { toHttpResponse } from './proxy-response.ts';

/**
 * Creates a Lambda proxy integration (`AWS_PROXY`). The response is a 502 if the function fails, and a 504 if it takes longer
 * than `timeoutMs`; as on AWS, the function then keeps running.
 */
export function createLambdaIntegration(lambda: Lambda, options: ProxyEventOptions, timeoutMs: number): Integration {
  return async (request) => {
    const result = await withTimeout(timeoutMs, lambda.invoke(createProxyEvent(request, options)));
    if (result.ok) return toHttpResponse(result.payload, options.isBinary(request.headers.accept));
    const { errorType, errorMessage } = result.error;
    throw new GatewayError('badIntegration', undefined, {
      cause: new Error(`${lambda.name} failed: ${errorType}: ${errorMessage}`),
    });
  };
}

function withTimeout<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new GatewayError('integrationTimeout')), timeoutMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
