import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestContext } from './integration.ts';

/** The context values that are the same for all requests to an API. */
export interface ApiIdentity {
  readonly accountId: string;
  readonly apiId: string;
  readonly stage: string;
}

/** Returns the context of a request before its route is known. Paths have no stage, as with a custom domain. */
export function createRequestContext(
  request: IncomingMessage,
  path: string,
  { accountId, apiId, stage }: ApiIdentity,
): RequestContext {
  const now = new Date();
  const domainName = request.headers.host?.replace(/:\d+$/, '') ?? '127.0.0.1';
  return {
    accountId,
    apiId,
    authorizer: undefined,
    domainName,
    domainPrefix: domainName.split('.')[0],
    extendedRequestId: randomUUID(),
    httpMethod: request.method ?? '',
    identity: {
      accessKey: null,
      accountId: null,
      apiKey: null,
      apiKeyId: null,
      caller: null,
      clientCert: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: request.socket.remoteAddress ?? '',
      user: null,
      userAgent: request.headers['user-agent'] ?? null,
      userArn: null,
    },
    path,
    protocol: `HTTP/${request.httpVersion}`,
    requestId: randomUUID(),
    requestTime: formatCommonLogTime(now),
    requestTimeEpoch: now.getTime(),
    resourceId: '',
    resourcePath: '',
    stage,
  };
}

/** For instance `04/Mar/2026:19:15:17 +0000`. */
function formatCommonLogTime(time: Date): string {
  const [, day, month, year, clock] = time.toUTCString().split(' ');
  return `${day}/${month}/${year}:${clock} +0000`;
}
