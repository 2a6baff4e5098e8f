import type { Integration } from './exchange.ts';
import { GatewayFault } from './gateway-fault.ts';
import type { Lambda } from './lambda-pool.ts';
import { proxyAnswer } from './proxy-answer.ts';
import { type EventOptions, proxyEvent } from './proxy-event.ts';

/**
 * A Lambda proxy integration (`AWS_PROXY`). A function that fails is a 502, one that is not heard of for `timeoutMs` a
 * 504; as on AWS it then runs on unheard.
 */
export function lambdaIntegration(lambda: Lambda, options: EventOptions, timeoutMs: number): Integration {
  return async (exchange) => {
    const result = await within(timeoutMs, lambda.invoke(proxyEvent(exchange, options)));
    if (result.ok) return proxyAnswer(result.payload, options.isBinary(exchange.headers.accept));
    const { errorType, errorMessage } = result.error;
    throw new GatewayFault('badIntegration', undefined, {
      cause: new Error(`${lambda.name} failed: ${errorType}: ${errorMessage}`),
    });
  };
}

function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new GatewayFault('integrationTimeout')), timeoutMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
