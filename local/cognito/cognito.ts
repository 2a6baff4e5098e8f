import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { POOLS, type Pool } from '@medbook/contract/access';
import { CognitoError, UnsupportedError } from 'cognito-local/lib/errors.js';
import keys from 'cognito-local/lib/keys/cognitoLocal.public.json' with { type: 'json' };
import { Router } from 'cognito-local/lib/server/Router.js';
import { listen } from '../http/listen.ts';
import type { CognitoMessage } from './cognito-messages.ts';
import { openUserPools, SILENT_LOGGER, type UserPoolIds } from './cognito-pools.ts';
import { withEmulatorCorrections } from './emulator-corrections.ts';
import type { PasswordPolicy } from './password-policy.ts';
import type { PostConfirmationTarget } from './post-confirmation-trigger.ts';

/** Options of `startCognito`. */
export interface CognitoOptions {
  /** Stores the users between starts, with their passwords in plain text. */
  readonly directory: string;
  readonly pools: Readonly<Record<Pool, UserPoolIds>>;
  /** @default - any free port */
  readonly port?: number;
  /** The one of both pools, as in CloudFormation's `Policies.PasswordPolicy`. */
  readonly passwordPolicy?: PasswordPolicy;
  /** Called with the messages that AWS would send to users: confirmation codes, temporary passwords. */
  readonly onMessage: (message: CognitoMessage) => void;
  /** Called at each confirmation, because the functions start after the pools. No function is called if it is absent or returns undefined. */
  readonly postConfirmation?: () => PostConfirmationTarget | undefined;
}

/** The running user pools. */
export interface LocalCognito {
  /** The endpoint for clients of the API of both pools. */
  readonly endpoint: string;
  /** The URL of the public keys that verify the tokens of both pools. */
  readonly jwksUrl: string;
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
 * Starts both user pools on loopback. They sign real tokens, with the issuer they would have on AWS and MedBook's groups; as on AWS,
 * the pool of staff rejects sign-ups. Loopback only, because the signing key is in a public npm package, so anyone can forge the
 * tokens.
 * @throws when the port is in use or the stored users cannot be read
 */
export async function startCognito(options: CognitoOptions): Promise<LocalCognito> {
  const { pools, passwordPolicy = DEFAULT_POLICY } = options;
  const services = await openUserPools({ ...options, accessTokenSeconds: ACCESS_TOKEN_SECONDS });
  const route = withEmulatorCorrections(services, Router(services), {
    passwordPolicy,
    tokenSeconds: ACCESS_TOKEN_SECONDS,
    clientsWithoutSignUp: [pools.staff.clientId],
  });
  const jwksPaths = POOLS.map((pool) => getJwksPath(pools[pool]));
  const server = await listen((request, response) => {
    serve(request, response).catch((error: unknown) => sendError(response, error));
  }, options.port ?? 0);
  return { endpoint: server.url, jwksUrl: `${server.url}${getJwksPath(pools.patients)}`, stop: () => server.stop() };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Allows pages on other ports of this machine to sign in.
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Allow-Headers', '*');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    if (request.method === 'GET' && jwksPaths.includes(request.url ?? ''))
      return sendJson(response, 200, { keys: [keys.jwk] });
    const target = request.headers['x-amz-target'];
    if (request.method !== 'POST' || typeof target !== 'string') {
      throw new CognitoError(
        'UnknownOperationException',
        `Only POST with X-Amz-Target and GET ${jwksPaths.join(' or ')} are supported.`,
      );
    }
    const call = route(target.slice(target.indexOf('.') + 1));
    sendJson(response, 200, await call({ logger: SILENT_LOGGER }, JSON.parse((await text(request)) || '{}')));
  }
}

const getJwksPath = ({ userPoolId }: UserPoolIds) => `/${userPoolId}/.well-known/jwks.json`;

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(body, toEpochSeconds));
}

/** A JSON replacer that writes dates as epoch seconds, as Cognito does. `value` is already text, so the date is read from `this`. */
function toEpochSeconds(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const original = this[key];
  return original instanceof Date ? original.getTime() / 1000 : value;
}

function sendError(response: ServerResponse, error: unknown): void {
  const { status, code, message } = toErrorBody(error);
  response.setHeader('x-amzn-ErrorType', code);
  sendJson(response, status, { __type: code, message });
}

function toErrorBody(error: unknown): { status: number; code: string; message: string } {
  if (error instanceof CognitoError) return { status: 400, code: error.code, message: error.message };
  if (error instanceof UnsupportedError) {
    return { status: 400, code: 'UnsupportedOperationException', message: `Not supported locally: ${error.message}` };
  }
  return { status: 500, code: 'InternalErrorException', message: String(error) };
}
