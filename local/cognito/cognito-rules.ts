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

/**
 * The emulator's operations, with what they do otherwise than AWS put right: the password policy, who may sign in,
 * the answer to a wrong password, `email_verified` after a confirmation, a new code on request.
 */
export function likeAws(services: Services, policy: PasswordPolicy, tokenSeconds: number, route: Router): Router {
  const { cognito, messages, otp } = services;
  const rules: Record<string, (next: Route) => Route> = {
    InitiateAuth: (next) => async (ctx, input) => {
      const request = parse(signIn, input);
      if (request.AuthParameters.USERNAME !== undefined) {
        const pool = await cognito.getUserPoolForClientId(ctx, request.ClientId);
        const user = await pool.getUserByUsername(ctx, request.AuthParameters.USERNAME);
        if (user?.Password !== request.AuthParameters.PASSWORD) throw wrongPassword();
        if (!user?.Enabled) throw new NotAuthorizedError('User is disabled.');
      }
      return withLifetime(await next(ctx, input));
    },
    RespondToAuthChallenge: (next) => async (ctx, input) => withLifetime(await next(ctx, input)),
    ChangePassword: (next) => async (ctx, input) => {
      try {
        return await next(ctx, input);
      } catch (error) {
        throw error instanceof InvalidPasswordError ? wrongPassword() : error;
      }
    },
    ConfirmSignUp: (next) => async (ctx, input) => {
      const { ClientId, Username, ConfirmationCode } = parse(confirmation, input);
      const pool = await cognito.getUserPoolForClientId(ctx, ClientId);
      const user = await pool.getUserByUsername(ctx, Username);
      if (user?.UserStatus === 'CONFIRMED') {
        throw new NotAuthorizedError('User cannot be confirmed. Current status is CONFIRMED');
      }
      if (user?.ConfirmationCode !== ConfirmationCode) throw new CodeMismatchError();
      // Before, because the trigger's event carries the attributes.
      const verified = attributesAppend(user.Attributes, attribute('email_verified', 'true'));
      await pool.saveUser(ctx, { ...user, Attributes: verified });
      return next(ctx, input);
    },
    ResendConfirmationCode: () => async (ctx, input) => {
      const { ClientId, Username } = parse(clientUser, input);
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
      const { UserPoolId, Username } = parse(poolUser, input);
      const pool = await cognito.getUserPool(ctx, UserPoolId);
      const user = await pool.getUserByUsername(ctx, Username);
      return next(ctx, { ...input, Username: user?.Username ?? Username });
    },
  };

  return (target) => async (ctx, input) => {
    checkNewPassword(target, input, policy);
    const call = route(target);
    return (rules[target]?.(call) ?? call)(ctx, input);
  };

  /** The emulator leaves it out, and clients plan their renewal by it. */
  function withLifetime(answer: { AuthenticationResult?: object }): object {
    const { AuthenticationResult: tokens } = answer;
    return tokens
      ? { ...answer, AuthenticationResult: { ...tokens, ExpiresIn: tokenSeconds, TokenType: 'Bearer' } }
      : answer;
  }
}

const clientUser = z.object({ ClientId: z.string(), Username: z.string() });
const poolUser = z.object({ UserPoolId: z.string(), Username: z.string() });
const confirmation = clientUser.extend({ ConfirmationCode: z.string() });
const signIn = z.object({
  ClientId: z.string(),
  AuthParameters: z.object({ USERNAME: z.string(), PASSWORD: z.string() }).partial(),
});

function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InvalidParameterError(z.prettifyError(parsed.error));
}

/** One answer for an unknown user and a wrong password: it does not tell who has an account. */
const wrongPassword = () => new NotAuthorizedError('Incorrect username or password.');
