import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Context } from './exchange.ts';

/** What is the same for every request to an API. */
export interface ApiIdentity {
  readonly accountId: string;
  readonly apiId: string;
  readonly stage: string;
}

/** The context of a request before its route is known. The API is at the root of its own domain, so no stage in paths. */
export function contextOf(request: IncomingMessage, path: string, { accountId, apiId, stage }: ApiIdentity): Context {
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
    requestTime: commonLogTime(now),
    requestTimeEpoch: now.getTime(),
    resourceId: '',
    resourcePath: '',
    stage,
  };
}

/** For instance `04/Mar/2026:19:15:17 +0000`. */
function commonLogTime(time: Date): string {
  const [, day, month, year, clock] = time.toUTCString().split(' ');
  return `${day}/${month}/${year}:${clock} +0000`;
}
