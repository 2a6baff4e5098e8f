import {
  CodeMismatchError,
  CognitoError,
  InvalidParameterError,
  InvalidPasswordError,
  NotAuthorizedError,
} from 'cognito-local/lib/errors.js';
import type { Route, Router } from 'cognito-local/lib/server/Router.js';
import type { Services } from 'cognito-local/lib/services/index.js';
import { attribute, attributesAppend, attributeValue } from 'cognito-local/lib/services/userPoolService.js';
import * as z from 'zod';
import { checkNewPassword, type PasswordPolicy } from './password-policy.ts';

/** Settings of the user pools that the emulator does not have. */
export interface EmulatorCorrections {
  readonly passwordPolicy: PasswordPolicy;
  readonly tokenSeconds: number;
  /** The clients of the pools whose users only an administrator creates. */
  readonly clientsWithoutSignUp: readonly string[];
}

/**
 * Returns the emulator's router with corrections where it differs from AWS: the password policy, who may sign up and sign in,
 * the error for a wrong password, `ExpiresIn`, `email_verified` after a confirmation, and resending a code.
 */
export function withEmulatorCorrections(
  services: Services,
  route: Router,
  { passwordPolicy, tokenSeconds, clientsWithoutSignUp }: EmulatorCorrections,
): Router {
  const { cognito, messages, otp } = services;
  const corrections: Record<string, (next: Route) => Route> = {
    InitiateAuth: (next) => async (ctx, input) => {
      const request = parse(signInSchema, input);
      if (request.AuthParameters.USERNAME !== undefined) {
        const pool = await cognito.getUserPoolForClientId(ctx, request.ClientId);
        const user = await pool.getUserByUsername(ctx, request.AuthParameters.USERNAME);
        if (user?.Password !== request.AuthParameters.PASSWORD) throw createWrongPasswordError();
        if (!user?.Enabled) throw new NotAuthorizedError('User is disabled.');
      }
      return withExpiresIn(await next(ctx, input));
    },
    RespondToAuthChallenge: (next) => async (ctx, input) => withExpiresIn(await next(ctx, input)),
    ChangePassword: (next) => async (ctx, input) => {
      try {
        return await next(ctx, input);
      } catch (error) {
        throw error instanceof InvalidPasswordError ? createWrongPasswordError() : error;
      }
    },
    SignUp: (next) => async (ctx, input) => {
      if (clientsWithoutSignUp.includes(parse(clientUserSchema, input).ClientId))
        throw new NotAuthorizedError('SignUp is not permitted for this user pool');
      return next(ctx, input);
    },
    ConfirmSignUp: (next) => async (ctx, input) => {
      const { ClientId, Username, ConfirmationCode } = parse(confirmationSchema, input);
      const pool = await cognito.getUserPoolForClientId(ctx, ClientId);
      const user = await pool.getUserByUsername(ctx, Username);
      if (user?.UserStatus === 'CONFIRMED') {
        throw new NotAuthorizedError('User cannot be confirmed. Current status is CONFIRMED');
      }
      if (user?.ConfirmationCode !== ConfirmationCode) throw new CodeMismatchError();
      // Saved before the confirmation, because the trigger's event contains the attributes.
      const verified = attributesAppend(user.Attributes, attribute('email_verified', 'true'));
      await pool.saveUser(ctx, { ...user, Attributes: verified });
      return next(ctx, input);
    },
    ResendConfirmationCode: () => async (ctx, input) => {
      const { ClientId, Username } = parse(clientUserSchema, input);
      const pool = await cognito.getUserPoolForClientId(ctx, ClientId);
      const user = await pool.getUserByUsername(ctx, Username);
      const email = attributeValue('email', user?.Attributes);
      if (!user || !email) throw new CognitoError('UserNotFoundException', 'Username/client id combination not found.');
      if (user.UserStatus === 'CONFIRMED') throw new InvalidParameterError('User is already confirmed.');
      const details = { AttributeName: 'email', DeliveryMedium: 'EMAIL', Destination: email } as const;
      const code = otp();
      await pool.saveUser(ctx, { ...user, ConfirmationCode: code });
      await messages.deliver(ctx, 'ResendCode', ClientId, pool.options.Id, user, code, undefined, details);
      return { CodeDeliveryDetails: details };
    },
    AdminListGroupsForUser: (next) => async (ctx, input) => {
      const { UserPoolId, Username } = parse(poolUserSchema, input);
      const pool = await cognito.getUserPool(ctx, UserPoolId);
      const user = await pool.getUserByUsername(ctx, Username);
      return next(ctx, { ...input, Username: user?.Username ?? Username });
    },
  };

  return (target) => async (ctx, input) => {
    checkNewPassword(target, input, passwordPolicy);
    const call = route(target);
    return (corrections[target]?.(call) ?? call)(ctx, input);
  };

  /** Adds the expiry in seconds, which the emulator omits and clients need to renew tokens in time. */
  function withExpiresIn(response: { AuthenticationResult?: object }): object {
    const { AuthenticationResult: tokens } = response;
    return tokens
      ? { ...response, AuthenticationResult: { ...tokens, ExpiresIn: tokenSeconds, TokenType: 'Bearer' } }
      : response;
  }
}

const clientUserSchema = z.object({ ClientId: z.string(), Username: z.string() });
const poolUserSchema = z.object({ UserPoolId: z.string(), Username: z.string() });
const confirmationSchema = clientUserSchema.extend({ ConfirmationCode: z.string() });
const signInSchema = z.object({
  ClientId: z.string(),
  AuthParameters: z.object({ USERNAME: z.string(), PASSWORD: z.string() }).partial(),
});

function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InvalidParameterError(z.prettifyError(parsed.error));
}

/** The same error for an unknown user and a wrong password, so that it does not reveal who has an account. */
const createWrongPasswordError = () => new NotAuthorizedError('Incorrect username or password.');
