import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { CognitoError, UnsupportedError } from 'cognito-local/lib/errors.js';
import keys from 'cognito-local/lib/keys/cognitoLocal.public.json' with { type: 'json' };
import { Router } from 'cognito-local/lib/server/Router.js';
import { listen } from '../gateway/listen.ts';
import type { CognitoMessage } from './cognito-messages.ts';
import { openUserPool, SILENT } from './cognito-pool.ts';
import { likeAws } from './cognito-rules.ts';
import type { PostConfirmationTarget } from './cognito-trigger.ts';
import type { PasswordPolicy } from './password-policy.ts';

export interface CognitoOptions {
  /** Users are kept here between starts, their passwords in plain text. */
  readonly directory: string;
  /** As AWS forms it, `us-east-1_LocalPool1`: the issuer in the tokens follows from it. */
  readonly userPoolId: string;
  readonly clientId: string;
  /** A free one when absent. */
  readonly port?: number;
  /** As in CloudFormation's `Policies.PasswordPolicy`. */
  readonly passwordPolicy?: PasswordPolicy;
  /** What AWS would send to users: confirmation codes, temporary passwords. */
  readonly onMessage: (message: CognitoMessage) => void;
  /** Asked at each confirmation, because the functions start after the pool; absent or undefined: nobody is told. */
  readonly postConfirmation?: () => PostConfirmationTarget | undefined;
}

export interface LocalCognito {
  /** For clients of the user pool's API. */
  readonly endpoint: string;
  /** The public keys of its tokens. */
  readonly jwksUrl: string;
  readonly userPoolId: string;
  readonly clientId: string;
  stop(): Promise<void>;
}

const ACCESS_TOKEN_SECONDS = 60 * 60;
const DEFAULT_POLICY: PasswordPolicy = {
  MinimumLength: 10,
  RequireLowercase: true,
  RequireUppercase: true,
  RequireNumbers: true,
};

/**
 * Starts a user pool on loopback that signs real tokens, with the issuer they would have on AWS and MedBook's groups.
 * Loopback only: its signing key is in an npm package, so whoever reaches it may forge tokens.
 * @throws when the port is taken or the kept users cannot be read
 */
export async function startCognito(options: CognitoOptions): Promise<LocalCognito> {
  const { userPoolId, clientId, passwordPolicy = DEFAULT_POLICY } = options;
  const services = await openUserPool({ ...options, accessTokenSeconds: ACCESS_TOKEN_SECONDS });
  const route = likeAws(services, passwordPolicy, ACCESS_TOKEN_SECONDS, Router(services));
  const jwksPath = `/${userPoolId}/.well-known/jwks.json`;
  const server = await listen((request, response) => {
    serve(request, response).catch((error: unknown) => refuse(response, error));
  }, options.port ?? 0);
  return { endpoint: server.url, jwksUrl: `${server.url}${jwksPath}`, userPoolId, clientId, stop: () => server.stop() };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A page on another port of this machine may sign in too.
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Allow-Headers', '*');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    if (request.method === 'GET' && request.url === jwksPath) return answer(response, 200, { keys: [keys.jwk] });
    const target = request.headers['x-amz-target'];
    if (request.method !== 'POST' || typeof target !== 'string') {
      throw new CognitoError('UnknownOperationException', `Only POST with X-Amz-Target and GET ${jwksPath} exist.`);
    }
    const call = route(target.slice(target.indexOf('.') + 1));
    answer(response, 200, await call({ logger: SILENT }, JSON.parse((await text(request)) || '{}')));
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(body, epochSeconds));
}

/** Cognito writes times so. A replacer sees a date only through its owner: `value` is text by then. */
function epochSeconds(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const original = this[key];
  return original instanceof Date ? original.getTime() / 1000 : value;
}

function refuse(response: ServerResponse, error: unknown): void {
  const { status, code, message } = refusal(error);
  response.setHeader('x-amzn-ErrorType', code);
  answer(response, status, { __type: code, message });
}

function refusal(error: unknown): { status: number; code: string; message: string } {
  if (error instanceof CognitoError) return { status: 400, code: error.code, message: error.message };
  if (error instanceof UnsupportedError) {
    return { status: 400, code: 'UnsupportedOperationException', message: `Not on this machine: ${error.message}` };
  }
  return { status: 500, code: 'InternalErrorException', message: String(error) };
}
